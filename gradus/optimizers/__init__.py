"""How parameters move down the gradient: first and second order, and schedules of the learning rate (theory D6, D8)."""

from importlib import import_module
from pkgutil import iter_modules

from gradus.optimizers.first_order import (
    GRADIENT_DESCENT,
    OPTIMIZERS,
    Optimizer,
    find_optimizer,
    scale_by_share,
)
from gradus.optimizers.hessian import Objective, Parts, largest_eigenvalues, split_into_parts
from gradus.optimizers.schedules import HALVE, MAX_HALVINGS, SCHEDULES, learning_rates
from gradus.optimizers.second_order import SECOND_ORDER, SecondOrderMethod

__all__ = [
    "GRADIENT_DESCENT",
    "HALVE",
    "MAX_HALVINGS",
    "OPTIMIZERS",
    "SCHEDULES",
    "SECOND_ORDER",
    "Objective",
    "Optimizer",
    "Parts",
    "SecondOrderMethod",
    "find_optimizer",
    "largest_eigenvalues",
    "learning_rates",
    "scale_by_share",
    "split_into_parts",
]

# A second-order method registers itself when its file is imported: a new file in this folder is found here.
for module in iter_modules(__path__):
    import_module(f"{__name__}.{module.name}")
