"""Tables in Parquet, whose footer is checked first: polars ends the process where it claims more than memory holds.

The footer is a struct in Thrift's compact protocol. Every list in it begins with the number of its elements, for which
polars makes room before it reads the first.
"""

import io
from pathlib import Path

from gradus.errors import DataError, GradusError
from gradus.files import silent_libraries
from gradus.memory import check_memory
from gradus.tables.table import Table, as_table

__all__ = ["read_parquet"]

CELL = 16  # bytes of memory for a value
TAIL = 8  # bytes behind the footer: its length in four, and PAR1
TRUTH, BYTE, DOUBLE, TEXT, STRUCT = (1, 2), 3, 7, 8, 12  # kinds of values
WHOLE = (4, 5, 6)
LISTS = (9, 10)
LONGEST = 63  # bits of a number
SHORT = 15  # the most that half a byte holds


def read_parquet(content: bytes, path: Path) -> Table:
    """The table of a Parquet file."""
    import polars

    try:
        check_footer(content)
        with silent_libraries():
            lazy = polars.scan_parquet(io.BytesIO(content))
            cells = lazy.select(polars.len()).collect().item() * len(lazy.collect_schema())
            check_memory(CELL * cells, f"{path} with {cells:,} values")
            frame = lazy.collect()
    except GradusError:
        raise
    except (
        polars.exceptions.PolarsError,
        polars.exceptions.PanicException,
        OSError,
        ValueError,
        IndexError,
        RecursionError,
    ) as error:
        raise DataError(f"{path}: is damaged, or no Parquet file ({str(error).splitlines()[0]})") from None
    table = as_table(frame, str(path))
    if not frame.height:
        raise DataError(f"{path}: has no rows")
    return table


def check_footer(content: bytes) -> None:
    """Raise ValueError or IndexError for a footer that claims more than it holds."""
    length = int.from_bytes(content[-TAIL : -TAIL // 2], "little")
    if length > len(content) - TAIL:
        raise ValueError(f"its footer would have {length:,} bytes")
    skip_struct(content[len(content) - TAIL - length : len(content) - TAIL], 0)


def skip_struct(data: bytes, place: int) -> int:
    """The place behind a struct: fields with their kinds, and a zero."""
    while head := data[place]:
        place += 1
        if head <= SHORT:  # the number of the field follows
            _, place = read_whole(data, place)
        kind = head & SHORT
        place = place if kind in TRUTH else skip_value(data, place, kind)
    return place + 1


def skip_value(data: bytes, place: int, kind: int) -> int:
    """The place behind a value."""
    if kind == STRUCT:
        return skip_struct(data, place)
    if kind in LISTS:
        return skip_list(data, place)
    if kind in WHOLE:
        return read_whole(data, place)[1]
    if kind == TEXT:
        length, place = read_whole(data, place)
        return place + length
    if kind in TRUTH or kind == BYTE:
        return place + 1
    if kind == DOUBLE:
        return place + 8
    raise ValueError(f"its footer has a value of kind {kind}")


def skip_list(data: bytes, place: int) -> int:
    """The place behind a list."""
    number, kind, place = data[place] >> 4, data[place] & SHORT, place + 1
    if number == SHORT:
        number, place = read_whole(data, place)
    if number > len(data) - place:
        raise ValueError(f"its footer claims a list of {number:,} elements")
    for _ in range(number):
        place = skip_value(data, place, kind)
    return place


def read_whole(data: bytes, place: int) -> tuple[int, int]:
    """A whole number, seven bits in each byte, and the place behind it."""
    number = shift = 0
    while (byte := data[place]) >= 128:
        if shift > LONGEST:
            raise ValueError("its footer has a number of more than 64 bits")
        number, shift, place = number | (byte & 127) << shift, shift + 7, place + 1
    return number | byte << shift, place + 1
