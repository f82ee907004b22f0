"""Tables as people have them: separators, decimal commas, encodings, headers, missing values, sheets."""

import io
import re
import time
import zipfile
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars
import pytest

from gradus.errors import DataError, SettingError
from gradus.memory import set_memory_limit
from gradus.tables import Table, as_table, parse_table, read_table
from gradus.tables.table import check_column_names

GERMAN = "Größe;Gewicht;Stadt\n1,75;70,5;Köln\n1,80;;Ulm\n"


def read(content: str | bytes, folder: Path, name: str = "table.csv") -> Table:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_table(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1252"])
def test_a_german_table_is_read_in_any_encoding(encoding: str, tmp_path: Path):
    table = read(GERMAN.encode(encoding), tmp_path)
    assert table.frame.columns == ["Größe", "Gewicht", "Stadt"]
    np.testing.assert_array_equal(table.numbers("Größe"), [1.75, 1.8])
    np.testing.assert_array_equal(table.numbers("Gewicht"), [70.5, np.nan])
    assert table.numbers("Stadt") is None
    assert table.texts("Stadt").to_list() == ["Köln", "Ulm"]
    assert table.found[0] == "separated by semicolons"
    assert table.found[-1] == "decimal commas"


def test_a_chinese_table_in_gb18030(tmp_path: Path):
    table = read("城市,人口\n北京,2189\n上海,2487\n".encode("gb18030"), tmp_path)
    assert table.texts("城市").to_list() == ["北京", "上海"]
    assert table.found == ("GB18030",)


@pytest.mark.parametrize(("separator", "found"), [("\t", "tabs"), (";", "semicolons"), ("|", "bars"), (",", None)])
def test_the_separator_is_found(separator: str, found: str | None, tmp_path: Path):
    table = read(separator.join("abc") + "\n" + separator.join(["1", "x y", "2.5"]) + "\n", tmp_path)
    assert table.frame.shape == (1, 3)
    assert table.found == ((f"separated by {found}",) if found else ())


def test_quoted_values_may_hold_separators_line_ends_and_quotes(tmp_path: Path):
    table = read('a,b\n"x, y","line 1\nline ""2"""\nz,w\n', tmp_path)
    assert table.texts("a").to_list() == ["x, y", "z"]
    assert table.texts("b").to_list() == ['line 1\nline "2"', "w"]


def test_the_marks_of_missing_values(tmp_path: Path):
    table = read("a,b\n1,x\n?,NA\n n/a ,-\nNaN,null\n,\n2, y \n?,-\n,\n,\n", tmp_path)
    assert table.frame.height == 7  # empty rows at the end are none; elsewhere they count, so that rows keep numbers
    np.testing.assert_array_equal(table.numbers("a"), [1, np.nan, np.nan, np.nan, np.nan, 2, np.nan])
    assert table.texts("b").to_list() == ["x", None, None, None, None, "y", None]


def test_types_are_found_from_all_rows(tmp_path: Path):
    table = read("a\tb\n" + "1\t2\n" * 30_000 + "1.5\tmany\n", tmp_path, "table.tsv")
    values = table.numbers("a")
    assert values is not None
    assert values[-1] == 1.5
    assert table.numbers("b") is None


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["1,234", "5"], [1234, 5]),  # groups of three, as no column says otherwise
        (["1,234.5", "-2"], [1234.5, -2]),
        (["1.234,5", "7"], [1234.5, 7]),
        (["1,5", "2"], [1.5, 2]),
        (["1e3", "+.5"], [1000, 0.5]),
    ],
)
def test_numbers_are_read_as_they_are_written(texts: list[str], expected: list[float], tmp_path: Path):
    table = read("a,b\n" + "".join(f'"{text}",x\n' for text in texts), tmp_path)
    assert table.numbers("a").tolist() == expected


@pytest.mark.parametrize("text", ["12a", "1,2,3", "0x10", "1_000", "--1", ".", "inf", "1 2"])
def test_other_texts_are_no_numbers(text: str, tmp_path: Path):
    assert read(f'a,b\n"{text}",1\n', tmp_path).numbers("a") is None


def test_a_column_of_another_sort_decides_how_doubtful_numbers_are_read(tmp_path: Path):
    table = read('a,b\n"1,234","2,5"\n', tmp_path)
    assert table.numbers("a").tolist() == [1.234]


def test_a_table_without_a_header(tmp_path: Path):
    table = read("5.1,3.5,setosa\n4.9,3.0,setosa\n", tmp_path)
    assert table.frame.columns == ["column 1", "column 2", "column 3"]
    assert table.frame.height == 2
    assert table.found == ("no header",)


def test_a_header_of_words_and_an_index_without_a_name(tmp_path: Path):
    table = read(",a\n1,x\n2,y\n", tmp_path)
    assert table.frame.columns == ["column 1", "a"]
    assert table.unnamed == {"column 1"}
    assert read("Unnamed: 0,a\n1,x\n", tmp_path).unnamed == {"Unnamed: 0"}


def test_excel_takes_the_first_sheet_and_says_so(tmp_path: Path):
    xlsxwriter = pytest.importorskip("xlsxwriter")
    with xlsxwriter.Workbook(tmp_path / "table.xlsx") as book:
        for name, rows in {"Data": [["a", "b"], [1.5, "x"], [2, "y"]], "Notes": [["hello"]]}.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    table = read_table(tmp_path / "table.xlsx")
    assert table.numbers("a").tolist() == [1.5, 2]
    assert table.texts("b").to_list() == ["x", "y"]
    assert table.found == ("the first of 2 sheets, 'Data'",)


def test_parquet_keeps_its_types(tmp_path: Path):
    categories = polars.Series(["p", "q", "p"], dtype=polars.Categorical)
    frame = polars.DataFrame({"n": [1, None, 3], "f": [0.5, float("nan"), float("inf")], "b": [True, False, None],
                              "s": [" x ", "", "NA"], "c": categories})  # fmt: skip
    frame.write_parquet(tmp_path / "table.parquet")
    table = read_table(tmp_path / "table.parquet")
    np.testing.assert_array_equal(table.numbers("n"), [1, np.nan, 3])
    np.testing.assert_array_equal(table.numbers("f"), [0.5, np.nan, np.nan])
    assert table.texts("n").to_list() == ["1", None, "3"]
    assert table.texts("b").to_list() == ["true", "false", None]
    assert table.texts("s").to_list() == ["x", None, None]
    assert table.texts("c").to_list() == ["p", "q", "p"]


def test_frames_of_pandas_and_dicts_of_columns_are_tables():
    pandas = pytest.importorskip("pandas")
    columns = {"n": [1, 2], "s": ["x", None], "b": [True, False]}
    for frame in (columns, pandas.DataFrame(columns), polars.DataFrame(columns)):
        table = as_table(frame)
        assert table.numbers("n").tolist() == [1, 2]
        assert table.texts("s").to_list() == ["x", None]
        assert table.texts("b").to_list() == ["true", "false"]
    dates = pandas.DataFrame({"d": pandas.to_datetime(["2024-01-31", None])})
    assert as_table(dates).texts("d").to_list()[1] is None


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.csv", b"", "t.csv: is empty; expected a table"),
        ("t.csv", b" \n\n", "t.csv: is empty; expected a table"),
        ("t.csv", b"a,b\n", "t.csv: has a header, but no rows"),
        ("t.csv", b"a,b\n1,2\n3,4,5\n", "t.csv: line 3 has 3 values, the first 2; all rows need as many; put values "
                                          "that contain the separator in double quotes"),
        ("t.csv", b"a,b,c\n1,2,3\n4\n", "t.csv: line 3 has 1 value, the first 3; all rows need as many; put values "
                                         "that contain the separator in double quotes"),
        ("t.csv", b"a,b,a\n1,2,3\n", "t.csv: two columns are called 'a'; rename one"),
        ("t.csv", b"a,b\n\x00\x01,2\n", "t.csv: holds NUL bytes, so it is not text; save it as UTF-8"),
        ("t.csv", b"PK\x03\x04 and so on", "t.csv: holds Excel data, but its name ends in .csv; rename it"),
        ("t.xlsx", b"PAR1 and so on", "t.xlsx: holds Parquet data, but its name ends in .xlsx; rename it"),
    ],
)  # fmt: skip
def test_bad_tables_are_refused_in_one_line(name: str, content: bytes, message: str, tmp_path: Path):
    with pytest.raises(DataError) as refusal:
        read(content, tmp_path, name)
    assert str(refusal.value) == f"{tmp_path}/{message}"


@pytest.mark.parametrize("name", ["t.parquet", "t.xlsx"])
def test_damaged_files_are_refused_in_one_line(name: str, tmp_path: Path):
    with pytest.raises(DataError, match=rf"{name}: is damaged, or no (Parquet|Excel) file") as refusal:
        read(b"PAR1 nonsense" if name == "t.parquet" else b"PK\x03\x04 nonsense", tmp_path, name)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("name", ["t.parquet", "t.xlsx"])
def test_a_small_file_that_holds_too_much_is_refused_unread(name: str, tmp_path: Path):
    frame = polars.DataFrame({"a": [0] * 50_000, "b": ["same"] * 50_000})
    frame.write_parquet(tmp_path / name) if name == "t.parquet" else frame.write_excel(tmp_path / name)
    set_memory_limit(1_400_000)
    try:
        with pytest.raises(SettingError, match=r"needs .* of memory, more than the 1.4 MB that --memory-limit allows"):
            read_table(tmp_path / name)
    finally:
        set_memory_limit(None)


def test_a_missing_table(tmp_path: Path):
    with pytest.raises(DataError, match=r"none.csv: cannot be read \(No such file or directory\)"):
        read_table(tmp_path / "none.csv")


def test_objects_are_no_columns():
    with pytest.raises(DataError, match="column 'a' has several values in a row"):
        as_table(polars.DataFrame({"a": [[1, 2], [3]]}))
    with pytest.raises(DataError, match="expected a table with named columns"):
        as_table(3)


def test_one_column_is_a_table_of_its_own(tmp_path: Path):
    assert parse_table(b"a\n1\n2\n", "t").frame.shape == (2, 1)


def test_durations_are_seconds():
    table = as_table(polars.DataFrame({"t": [timedelta(minutes=1), None, timedelta(milliseconds=-500)]}))
    np.testing.assert_array_equal(table.numbers("t"), [60, np.nan, -0.5])


@pytest.mark.parametrize(
    ("kind", "number"), [(polars.Date, 2**31 - 1), (polars.Date, -(2**31)), (polars.Datetime("us"), 2**63 - 1)]
)
def test_dates_that_no_calendar_has_are_refused(kind, number: int, capfd: pytest.CaptureFixture[str]):
    frame = polars.DataFrame({"day": polars.Series([number, 0]).cast(kind)})
    with pytest.raises(DataError, match=r"^t: column 'day' holds values that cannot be read \(.*out-of-range date"):
        as_table(frame, "t")
    assert capfd.readouterr().err == ""


def test_names_of_many_columns_are_compared_at_once():
    start = time.monotonic()
    check_column_names([f"c{k}" for k in range(50_000)], "t")
    assert time.monotonic() - start < 5  # each with all others takes half a minute


def test_an_archive_of_another_version_is_damaged(tmp_path: Path):
    polars.DataFrame({"a": [1]}).write_excel(tmp_path / "t.xlsx")
    content = bytearray((tmp_path / "t.xlsx").read_bytes())
    content[content.rindex(b"PK\x01\x02") + 6] = 139  # the version that is needed to unpack it
    with pytest.raises(DataError, match=r"t.xlsx: is damaged, or no Excel file \(zip file version 13.9\)"):
        read(bytes(content), tmp_path, "t.xlsx")


@pytest.mark.parametrize(
    ("footer", "message"),
    [
        (b"\x29\xfc\xff\xff\xff\xff\x07", "its footer claims a list of 2,147,483,647 elements"),  # of column names
        (b"\x26" + b"\xff" * 100_000, "its footer has a number of more than 64 bits"),
        (b"\x2c" * 5000, "maximum recursion depth exceeded"),
        (b"\x2d", "its footer has a value of kind 13"),
        (b"\x28\x7f", "index out of range"),
    ],
)
def test_a_footer_that_claims_more_than_it_holds_is_refused(footer: bytes, message: str, tmp_path: Path):
    content = b"PAR1" + footer + len(footer).to_bytes(4, "little") + b"PAR1"
    with pytest.raises(DataError, match=f"t.parquet: is damaged, or no Parquet file .*{message}"):
        read(content, tmp_path, "t.parquet")
    with pytest.raises(DataError, match=r"its footer would have 4,294,967,295 bytes"):
        read(b"PAR1\xff\xff\xff\xffPAR1", tmp_path, "t.parquet")


def test_columns_of_every_kind_are_read_from_parquet(tmp_path: Path):
    names = [chr(97 + k) for k in range(26)] * 2
    frame = polars.DataFrame({"a": range(52), "b": names, "c": [k % 2 == 0 for k in range(52)]}).with_columns(
        polars.col("b").cast(polars.Categorical).alias("d"), (polars.col("a") / 3).alias("e")
    )
    frame = frame.with_columns(**{f"more {k}": polars.col("a") for k in range(100)})
    frame.write_parquet(tmp_path / "t.parquet", row_group_size=10)
    assert read_table(tmp_path / "t.parquet").frame.shape == (52, 105)


@pytest.mark.parametrize(
    ("place", "error", "message"),
    [
        (b"A21048577", DataError, "no Excel file (xl/worksheets/sheet1.xml has a cell in column 1 or row 21,048,577)"),
        (b"XFE2", DataError, "has a cell in column 16,385 or row 3)"),
        (b"XFD1048576", SettingError, "t.xlsx with 1,048,576 rows of 16,384 cells needs 1.1 TB of memory"),
    ],
)  # fmt: skip
def test_a_cell_far_away_makes_no_room_for_all_before_it(place: bytes, error, message: str, tmp_path: Path):
    polars.DataFrame({"a": [1, 2]}).write_excel(tmp_path / "t.xlsx")
    content = io.BytesIO()
    with zipfile.ZipFile(tmp_path / "t.xlsx") as old, zipfile.ZipFile(content, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'r="A2"', b'r="%s"' % place))
    with pytest.raises(error, match=re.escape(message)):
        read(content.getvalue(), tmp_path, "t.xlsx")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_quotes_in_values_and_blank_lines_are_read_as_other_programs_do(end: str, tmp_path: Path):
    lines = ["size,note", '5" pipe,"say ""hi"""', "", ",x", ",", '19" rack,"a', "", 'b"']
    table = read(end.join(lines), tmp_path)
    assert table.texts("size").to_list() == ['5" pipe', None, None, '19" rack']
    assert table.texts("note").to_list() == ['say "hi"', "x", None, "a\n\nb"]
    table = read('a,size\n1,5"\n"2",5"\n3,7\n', tmp_path)  # polars takes all from the first 5" to the second for one
    assert table.texts("size").to_list() == ['5"', '5"', "7"]
    table = read('a"x,b,c\n1,5" x,5"\n', tmp_path)
    assert table.frame.row(0) == ("1", '5" x', '5"')


@pytest.mark.parametrize("line", ['1,"x"y', '1,"x'])
def test_a_value_whose_quotes_do_not_end_is_refused(line: str, tmp_path: Path):
    with pytest.raises(
        DataError, match=r"line 3 cannot be read \(.*\); a value in double quotes ends with one, and has"
    ):
        read(f"a,b\n2,3\n{line}\n", tmp_path)
