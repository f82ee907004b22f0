"""How a passage of text becomes numbers (theory F3; Salton & Buckley 1988)."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gradus.errors import DataError
from gradus.memory import check_memory

if TYPE_CHECKING:
    from sklearn.feature_extraction.text import TfidfVectorizer

__all__ = ["TextEncoder"]

MAX_TERMS = 10_000
MAX_TERM = 200  # characters
MAX_IDF = 100.0  # of a term that one of e^99 passages has
UNITS = ("words", "characters")
WORDS = {"analyzer": "word", "token_pattern": r"(?u)\b\w+\b", "ngram_range": (1, 2)}
CHARACTERS = {"analyzer": "char", "ngram_range": (1, 2)}
# Scripts that are written without spaces between words: Thai, Lao, Burmese, Khmer, kana, Chinese characters.
WITHOUT_SPACES = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
MOSTLY = 1 / 4  # of the characters


@dataclass(frozen=True)
class TextEncoder:
    """A passage as its term frequencies: x_t = sqrt(terms) v_t / ||v||, v_t = (1 + ln n_t) idf_t.

    n_t is how often term t occurs in the passage, idf_t = 1 + ln((1 + n) / (1 + n_t documents)) how rare it is. Terms
    are single words and pairs of neighbours, or single characters and pairs. The factor makes x as large as the inputs
    that initial weights expect: a mean square of 1.

    Args:
        unit: "words" or "characters".
        terms: by their place in x.
        idf: of each term, from 1 to 100.
        column: of a table, which holds the passages; "" for passages in files.

    Raises:
        ValueError, TypeError: for anything that `fit` does not give.
    """

    unit: str
    terms: tuple[str, ...]
    idf: tuple[float, ...]
    column: str = ""

    def __post_init__(self) -> None:
        if self.unit not in UNITS or not 1 <= len(self.terms) == len(self.idf) <= MAX_TERMS:
            raise ValueError("a text encoder needs a unit, and terms with as many idf")
        if not all(isinstance(term, str) and 0 < len(term) <= MAX_TERM for term in self.terms):
            raise ValueError("terms need from 1 to 200 characters")
        if len(set(self.terms)) != len(self.terms):
            raise ValueError("two terms are the same")
        if not all(isinstance(number, float) and 1 <= number <= MAX_IDF for number in self.idf):
            raise ValueError(f"idf are numbers from 1 to {MAX_IDF:g}")
        if not isinstance(self.column, str):
            raise TypeError("a column has a name")

    @classmethod
    def fit(cls, passages: Sequence[str], column: str = "") -> "TextEncoder":
        """The encoder of the most frequent terms that at least two passages have, or of all terms if none has.

        Raises:
            DataError: where no passage has any term.
        """
        text = "".join(passages[:1000])
        unit = "characters" if len(WITHOUT_SPACES.findall(text)) > MOSTLY * len(text) else "words"
        vectorizer = make_vectorizer(unit, min_df=2 if len(passages) > 2 else 1)
        try:
            vectorizer.fit(passages)
        except ValueError:  # no term is in two passages
            vectorizer = fit_all_terms(unit, passages)
        weights = zip(vectorizer.get_feature_names_out().tolist(), vectorizer.idf_.tolist(), strict=True)
        kept = [(term, idf) for term, idf in weights if len(term) <= MAX_TERM]
        if not kept:
            raise no_words()
        terms, idf = zip(*kept, strict=True)
        return cls(unit, terms, idf, column)

    @property
    def in_shape(self) -> tuple[int]:
        """The shape of an input: (terms,)."""
        return (len(self.terms),)

    def encode(self, passages: Sequence[str]) -> np.ndarray:
        """x (n, terms) in 32 bits. Raises SettingError where it does not fit into memory."""
        check_memory(8 * len(passages) * len(self.terms), f"{len(passages):,} passages of {len(self.terms):,} terms")
        vectorizer = make_vectorizer(self.unit, vocabulary=self.terms)
        vectorizer.idf_ = np.array(self.idf)
        if not len(passages):
            return np.zeros((0, len(self.terms)), np.float32)
        x = vectorizer.transform(passages) * np.sqrt(len(self.terms))
        return x.astype(np.float32).toarray()

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for a model file."""
        return {"kind": "text"} | asdict(self)

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> "TextEncoder":
        """The inverse of `to_dict`. Raises KeyError, TypeError or ValueError for anything that it cannot have given."""
        if not isinstance(content["terms"], list | tuple) or not isinstance(content["idf"], list | tuple):
            raise TypeError("terms and idf are lists")
        return cls(content["unit"], tuple(content["terms"]), tuple(content["idf"]), content["column"])


def fit_all_terms(unit: str, passages: Sequence[str]) -> "TfidfVectorizer":
    """A vectorizer of all terms. Raises DataError where there are none."""
    try:
        return make_vectorizer(unit, min_df=1).fit(passages)
    except ValueError:
        raise no_words() from None


def no_words() -> DataError:
    """The error for passages without any term."""
    return DataError("the passages hold no words")


def make_vectorizer(unit: str, **options: Any) -> "TfidfVectorizer":
    """scikit-learn's vectorizer for words or characters."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    of_unit = WORDS if unit == "words" else CHARACTERS
    if "vocabulary" not in options:
        options["max_features"] = MAX_TERMS
    return TfidfVectorizer(sublinear_tf=True, **of_unit, **options)
