"""Names that a user may choose, each list with one owner: activations, costs, optimizers, data sets, figures."""

from collections.abc import Callable
from difflib import get_close_matches
from typing import TypeVar

from gradus.errors import SettingError

__all__ = ["Registry"]

T = TypeVar("T")
R = TypeVar("R")


class Registry(dict[str, T]):
    """Entries by name. Help texts, error messages and documents read the names from here.

    Args:
        kind: what an entry is, for messages, such as "activation".
        entries: the first entries, by name.
    """

    def __init__(self, kind: str, entries: dict[str, T] | None = None):
        super().__init__(entries or {})
        self.kind = kind

    def find(self, name: str) -> T:
        """The entry of that name.

        Raises:
            SettingError: for a name that is not registered, with the names that are.
        """
        if not isinstance(name, str) or name not in self:
            close = get_close_matches(str(name), self, n=1)
            hint = f" (did you mean {close[0]}?)" if close else ""
            raise SettingError(f"unknown {self.kind} {name!r}{hint}; choose one of {self.names()}")
        return self[name]

    def names(self) -> str:
        """All names in one text: "linear, sigmoid, tanh"."""
        return ", ".join(self)

    def register(self, name: str) -> Callable[[R], R]:
        """A decorator that registers a function or class under the name."""

        def add(entry: R) -> R:
            self[name] = entry  # type: ignore[assignment]
            return entry

        return add
