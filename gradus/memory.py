"""The memory that is there for a training, and the refusal of anything that needs more."""

from pathlib import Path

import psutil

from gradus.errors import SettingError

__all__ = ["available_memory", "check_memory", "memory_text", "parse_memory", "set_memory_limit"]

UNITS = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "PB": 10**15, "EB": 10**18}
# The limit and the use of a container's memory: version 2 of Linux's control groups, and version 1.
CONTROL_GROUPS = (("memory.max", "memory.current"), ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"))
limits: dict[str, int] = {}


def set_memory_limit(limit: int | None) -> None:
    """Refuse, from now on, whatever needs more than `limit` bytes; None leaves the machine's memory as the limit."""
    limits.clear()
    if limit is not None:
        limits["user"] = limit


def available_memory() -> int:
    """The bytes that can still be allocated: the machine's, its container's or the user's limit, the smallest."""
    return min([psutil.virtual_memory().available, *container_memory(Path("/sys/fs/cgroup")), *limits.values()])


def container_memory(folder: Path) -> list[int]:
    """The bytes that the container's limit leaves, where there is one."""
    for limit_name, used_name in CONTROL_GROUPS:
        try:
            limit, used = (int((folder / name).read_text()) for name in (limit_name, used_name))
        except (OSError, ValueError):  # no such file, or the word "max"
            continue
        return [max(0, limit - used)]
    return []


def check_memory(needed: int, what: str) -> None:
    """Raise SettingError if `needed` bytes are more than there are.

    Args:
        what: what needs them, with its largest part, for the message.
    """
    available = available_memory()
    if needed > available:
        source = "--memory-limit allows" if available in limits.values() else "the machine has left"
        raise SettingError(
            f"{what} needs {memory_text(needed)} of memory, more than the {memory_text(available)} that {source}; "
            "choose a smaller one"
        )


def memory_text(size: int) -> str:
    """A number of bytes in writing, such as 4.8 MB."""
    unit = max((unit for unit, factor in UNITS.items() if size >= factor), key=UNITS.__getitem__, default="B")
    number = size / UNITS[unit]
    return f"{number:,.1f} {unit}" if unit != "B" and number < 10 else f"{number:,.0f} {unit}"


def parse_memory(text: str) -> int:
    """The bytes that a text such as 2GB or 500 MB names.

    Raises:
        SettingError: for any other text.
    """
    number = text.strip().upper()
    unit = next((unit for unit in reversed(UNITS) if number.endswith(unit)), "")
    try:
        size = float(number.removesuffix(unit)) * UNITS[unit]
        if 1 <= size < float("inf"):
            return int(size)
    except (KeyError, ValueError):
        pass
    raise SettingError(f"memory {text!r}: expected a number with its unit, such as 2GB or 500MB")
