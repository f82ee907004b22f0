"""A person's own pictures, tables and texts: trained, asked and measured by the commands."""

import io
import json
import os
import sys
from pathlib import Path
from unittest import mock

import pytest
from cli.shell import invoke
from folders.pictures import make_folder

from gradus.passages import TextEncoder

QUICK = ("--epochs", "2", "--ensemble", "1", "--quiet")
SMALL = ("--layers", "dense4 relu dense2", *QUICK)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with data of every kind, and a model of each."""
    home = tmp_path_factory.mktemp("home")
    rows = [f"{k % 5},{k / 7:.2f},{'Ulm' if k % 3 else 'Bonn'},{'yes' if k % 2 else 'no'},{k * 1.5}" for k in range(60)]
    (home / "people.csv").write_text("size,weight,city,liked,price\n" + "\n".join(rows) + "\n")
    make_folder(home / "pets")
    for name in ("cats", "dogs"):
        (home / "notes" / name).mkdir(parents=True)
        for k in range(10):
            (home / "notes" / name / f"{k}.txt").write_text(f"{name} number {k} are {name}")
    for data, options in {
        "people.csv": ("--target", "liked", "--name", "people"),
        "pets": ("--name", "pets"),
        "notes": ("--name", "notes"),
    }.items():
        result = invoke("train", data, *options, *SMALL, folder=home)
        assert result.returncode == 0, result.stderr
    result = invoke("train", "people.csv", "--layers", "dense1", "--name", "price", *QUICK, folder=home)
    assert result.returncode == 0, result.stderr
    return home


def ask(home: Path, *arguments: str) -> str:
    result = invoke("predict", *arguments, folder=home)
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


def test_train_says_what_it_found_in_three_lines(home: Path):
    result = invoke("train", "people.csv", "--layers", "dense1", "--epochs", "1", "--ensemble", "1", folder=home)
    assert result.stdout.splitlines()[:3] == [
        "people.csv: a table of 60 rows and 5 columns; predicts 'price': a number (0 to 88.5); the last column, or "
        "give --target: liked, city, weight, size",
        "split at random: 42 for training, 9 for validation, 9 for test",
        "4 inputs from 2 numbers (scaled by median and quartiles); 2 categories (one-hot)",
    ]
    assert "R2" in result.stdout


def test_a_table_is_answered_row_by_row(home: Path):
    lines = ask(home, "people", "people.csv").splitlines()
    assert len(lines) == 60
    name, row, label, share = lines[0].split()
    assert (name, row) == ("row", "1")
    assert label in ("yes", "no")
    assert share.endswith("%")


def test_csv_has_a_column_for_each_class(home: Path):
    lines = ask(home, "people", "people.csv", "--csv").splitlines()
    assert lines[0] == "row,class,no,yes"
    assert len(lines) == 61
    number, label, no, yes = lines[1].split(",")
    assert number == "1"
    assert label == ("no" if float(no) > float(yes) else "yes")
    assert float(no) + float(yes) == pytest.approx(1, abs=1e-5)


def test_numbers_are_answered_in_their_own_units(home: Path):
    lines = [json.loads(line) for line in ask(home, "price", "people.csv", "--json").splitlines()]
    assert list(lines[0]) == ["row", "values"]
    assert ask(home, "price", "people.csv", "--csv").splitlines()[0] == "row,price"
    assert ask(home, "price", "people.csv").splitlines()[9].split()[:3] == ["row", "10", "price"]


def test_standard_input_is_a_table(home: Path):
    content = (home / "people.csv").read_bytes()
    with mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(content))):
        assert ask(home, "people", "-") == ask(home, "people", "people.csv")


def piped(content: bytes | None):
    """A context in which that is the standard input; None where it is closed."""
    return mock.patch.object(sys, "stdin", None if content is None else io.TextIOWrapper(io.BytesIO(content)))


def test_standard_input_has_a_passage_in_each_line(home: Path):
    with piped(b"cats are cats\ndogs are dogs\n"):
        assert len(ask(home, "notes", "-", "--json").splitlines()) == 2


@pytest.mark.parametrize(("encoding", "end"), [("utf-8-sig", "\r\n"), ("utf-16", "\r"), ("gb18030", "\n")])
def test_standard_input_is_decoded_as_files_are(encoding: str, end: str, home: Path):
    lines = ["cats are cats，它们是猫的朋友", "!", "dogs are\x0cdogs，它们不是猫的朋友"]
    plain = "".join(f"{line}{end}" for line in lines)
    with piped(plain.encode(encoding)):
        answers = [json.loads(line) for line in ask(home, "notes", "-", "--json").splitlines()]
    for number, line in enumerate(lines, 1):
        (home / "line.txt").write_text(line, encoding="utf-8")
        expected = json.loads(ask(home, "notes", "line.txt", "--json"))
        assert answers[number - 1]["passage"] == str(number)
        assert answers[number - 1]["probabilities"] == pytest.approx(expected["probabilities"], rel=1e-5)
    assert len(answers) == len(lines)


@pytest.mark.parametrize(
    ("run", "content", "message"),
    [
        ("notes", b"", "standard input: is empty; expected a passage in each line"),
        ("notes", b"a\0b", "standard input: holds NUL bytes, so it is not text; save it as UTF-8"),
        ("notes", "Все счастливые семьи".encode("koi8-r"), "standard input: is in an encoding other than UTF-8"),
        ("notes", None, "standard input: is closed; give a file, or write into the command"),
        ("people", b"", "standard input: is empty; expected a table"),
        ("people", b"size\n1\n", "standard input: has no column 'weight', 'city', 'price', which the model needs"),
        ("people", None, "standard input: is closed; give a file, or write into the command"),
        ("pets", b"", "-: not an image; expected PNG"),
        ("pets", None, "standard input: is closed; give a file, or write into the command"),
    ],
)
def test_standard_input_that_cannot_be_used_gets_one_line(run: str, content: bytes | None, message: str, home: Path):
    with piped(content):
        result = invoke("predict", run, "-", folder=home)
    assert result.returncode == 3
    assert result.stderr.startswith(f"gradus: {message}")
    assert result.stderr.count("\n") == 1


def test_passages_are_encoded_some_at_a_time(home: Path):
    with piped(b"cats are cats\n" * 250), mock.patch.object(TextEncoder, "encode", autospec=True,
                                                             side_effect=TextEncoder.encode) as encode:  # fmt: skip
        assert len(ask(home, "notes", "-", "--json").splitlines()) == 250
    assert [len(call.args[1]) for call in encode.call_args_list] == [100, 100, 50]


def test_folders_of_pictures_and_passages_are_answered_file_by_file(home: Path):
    assert len(ask(home, "pets", "pets").splitlines()) == 20
    assert ask(home, "pets", "pets/dark/000.png").startswith("pets/dark/000.png: ")
    assert len(ask(home, "notes", "notes", "notes/cats/1.txt").splitlines()) == 21


def test_the_sheet_shows_pictures_in_colour(home: Path):
    ask(home, "pets", "pets/dark/000.png", "--show", "sheet.png")
    assert (home / "sheet.png").read_bytes().startswith(b"\x89PNG")


def test_evaluate_measures_the_test_part_of_the_training_data_and_all_of_others(home: Path):
    (home / "more.csv").write_bytes((home / "people.csv").read_bytes())
    for run, data, count in (("people", "people.csv", 9), ("people", "more.csv", 60), ("price", "more.csv", 60),
                             ("pets", "pets", 3), ("notes", "notes", 3)):  # fmt: skip
        result = invoke("evaluate", run, data, folder=home)
        assert result.returncode == 0, result.stderr
        assert f"of {count} examples" in result.stdout, (run, data)


def test_evaluate_measures_passages_of_another_table(home: Path):
    rows = [f"{'cats purr' if k % 2 else 'dogs bark'} {k},{k},{'cat' if k % 2 else 'dog'}" for k in range(40)]
    (home / "reviews.csv").write_text("review,number,kind\n" + "\n".join(rows) + "\n")
    (home / "others.csv").write_text("kind,review,stars\ncat,cats purr,1\ndog,dogs bark,2\n,dogs,3\ndog,,4\n")
    (home / "strange.csv").write_text("kind,review\ncow,moo\n")
    options = ("--text", "review", "--target", "kind", "--name", "reviews")
    assert invoke("train", "reviews.csv", *options, *SMALL, folder=home).returncode == 0
    result = invoke("evaluate", "reviews", "others.csv", folder=home)
    assert result.returncode == 0, result.stderr
    assert "of 3 examples" in result.stdout  # an empty passage has an answer, too, as predict gives it one
    result = invoke("evaluate", "reviews", "strange.csv", folder=home)
    assert (result.returncode, result.stderr) == (
        3,
        "gradus: strange.csv: the target 'kind' has the class 'cow', which the model does not know; its classes are "
        "cat, dog\n",
    )
    result = invoke("evaluate", "reviews", "people.csv", folder=home)
    assert result.returncode == 2
    assert result.stderr.startswith("gradus: --text 'review': people.csv has no such column")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("predict", "people", "pets"), 3, "pets: cannot be read (Is a directory)"),
        (("predict", "people", "none.csv"), 3, "none.csv: cannot be read (No such file or directory)"),
        (("predict", "people", "less.csv"), 3, "less.csv: has no column 'city', 'price', which the model needs"),
        (("predict", "people", "odd.csv"), 3, "odd.csv: row 2 of column 'weight' is 'heavy'; expected a number"),
        (("predict", "people", "people.csv", "--csv", "--json"), 2, "--csv and --json exclude each other"),
        (("predict", "pets", "people.csv"), 3, "people.csv: not an image"),
        (("predict", "notes", "blank.txt"), 3, "blank.txt: is empty; expected a text"),
        (("evaluate", "people", "pets"), 3, "pets: holds images, which the model was not trained on"),
        (("train", "people.csv", "--image-size", "8"), 2, "--image-size does not apply to a table; leave it out"),
        (("train", "pets", "--target", "x"), 2, "--target does not apply to images; leave it out"),
        (("train", "people.csv", "--target", "x"), 2, "--target 'x': people.csv has no such column; its columns are"),
        (("train", "poeple.csv"), 3, "poeple.csv: cannot be read (No such file or directory)"),
        (("train", "empty.csv"), 3, "empty.csv: is empty; expected a table"),
        (("train", "nothing"), 3, "nothing: holds neither images nor texts"),
    ],
)
def test_what_cannot_be_used_gets_one_line(arguments: tuple[str, ...], code: int, message: str, home: Path):
    (home / "less.csv").write_text("size,weight\n1,2\n")
    (home / "odd.csv").write_text("size,weight,city,liked,price\n1,2,Ulm,yes,1\n1,heavy,Ulm,yes,1\n")
    (home / "empty.csv").write_text("")
    (home / "blank.txt").write_text(" \n")
    (home / "nothing").mkdir(exist_ok=True)
    result = invoke(*arguments, folder=home)
    assert result.returncode == code
    assert result.stderr.startswith(f"gradus: {message}")
    assert result.stderr.count("\n") == 1


def test_a_name_that_no_run_can_record_is_refused(home: Path):
    for name in (b"p\xe4ts", b"t\xe4ble.csv"):
        path = home / os.fsdecode(name)
        path.write_bytes((home / "people.csv").read_bytes()) if name.endswith(b".csv") else make_folder(path)
        result = invoke("train", path.name, *SMALL, folder=home)
        assert result.returncode == 3
        assert result.stderr == (f"gradus: {path.name!r}: the name of the file or folder is not in UTF-8; rename it\n")


def test_empty_rows_keep_their_numbers(home: Path):
    rows = (home / "people.csv").read_text().splitlines()
    (home / "gaps.csv").write_text("\n".join([*rows[:3], ",,,,", *rows[3:6], ",,,,", ",,,,"]) + "\n")
    lines = ask(home, "people", "gaps.csv", "--csv").splitlines()
    expected = ask(home, "people", "people.csv", "--csv").splitlines()
    assert len(lines) == 1 + 6
    assert lines[4].split(",")[1:] == expected[3].split(",")[1:]


def test_a_damaged_file_leaves_the_others_their_answers(home: Path):
    (home / "damaged.csv").write_text("size\n1\n")
    result = invoke("predict", "people", "damaged.csv", "people.csv", "--csv", folder=home)
    assert result.returncode == 3
    lines = result.stdout.splitlines()
    assert lines[1] == "damaged.csv,,,"
    assert lines[2].startswith("people.csv:1,")


def test_a_folder_of_files_is_one_text(home: Path):
    (home / "book").mkdir()
    for k in range(3):
        (home / "book" / f"{k}.txt").write_text(f"Chapter {k}. " + "It was a dark night. " * 40)
    result = invoke("train", "book", "--layers", "lstm4", "--epochs", "1", "--quiet", folder=home)
    assert result.returncode == 0, result.stderr
    assert "bits per character" in result.stdout or "perplexity" in result.stdout


def test_a_run_on_a_table_resumes(home: Path):
    assert invoke("train", "people.csv", "--target", "liked", "--drop", "city", *SMALL, "--name", "again",
                  folder=home).returncode == 0  # fmt: skip
    result = invoke("train", "--resume", "again", folder=home)
    assert result.returncode == 0, result.stderr
    assert 'drop = "city"' in (home / "runs" / "again" / "settings.toml").read_text()
