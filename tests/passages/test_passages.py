"""Passages with classes: terms and their weights, folders, tables, encodings."""

import json
import math
import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from gradus.data import read_text
from gradus.errors import DataError, SettingError
from gradus.memory import set_memory_limit
from gradus.passages import TextEncoder, load_passage_folder, load_passage_table, load_passages, read_passage

PASSAGES = ["a good good film", "a bad film", "good"]


def test_the_weights_of_a_passage_written_out():
    encoder = TextEncoder.fit(PASSAGES)
    assert encoder.terms == ("a", "film", "good")  # in two passages each; of pairs, none is
    idf = 1 + math.log(4 / 3)
    v = np.array([idf, idf, (1 + math.log(2)) * idf])
    np.testing.assert_allclose(encoder.encode(PASSAGES[:1])[0], math.sqrt(3) * v / np.linalg.norm(v), rtol=1e-6)


def test_scikit_learn_weighs_alike():
    from sklearn.feature_extraction.text import TfidfVectorizer

    passages = [f"word{k % 7} and word{k % 5} again word{k % 3}" for k in range(40)]
    encoder = TextEncoder.fit(passages)
    theirs = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), token_pattern=r"(?u)\b\w+\b", min_df=2)
    expected = theirs.fit_transform(passages).toarray() * math.sqrt(len(encoder.terms))
    np.testing.assert_allclose(encoder.encode(passages), expected, rtol=1e-5, atol=1e-6)


def test_unknown_words_have_no_weight():
    assert not TextEncoder.fit(PASSAGES).encode(["nothing known", ""]).any()


def test_encoding_takes_no_more_memory_than_is_checked():
    passages = [f"word{k} word{k + 1} word{k + 2}" for k in range(1500)]
    encoder = TextEncoder.fit(passages)
    encoder.encode(passages[:2])  # imports what is imported once
    tracemalloc.start()
    x = encoder.encode(passages)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert x.dtype == np.float32
    assert peak < 8 * x.size


def test_chinese_has_characters_for_terms():
    encoder = TextEncoder.fit(["今天天气很好", "今天下雨", "明天天气不好"])
    assert encoder.unit == "characters"
    assert "天气" in encoder.terms


def test_terms_of_a_single_passage_are_used_where_no_term_is_in_two():
    assert TextEncoder.fit(["one", "two", "three"]).terms == ("one", "three", "two")
    with pytest.raises(DataError, match="the passages hold no words"):
        TextEncoder.fit(["!", "?", "..."])


def test_words_too_long_for_a_model_file_are_no_terms():
    passages = [f"{'x' * 201} film", f"{'x' * 201} film", "good film"]  # such as a coded picture in a mail
    encoder = TextEncoder.fit(passages)
    assert encoder.terms == ("film",)
    assert TextEncoder.from_dict(encoder.to_dict()) == encoder
    with pytest.raises(DataError, match="the passages hold no words"):
        TextEncoder.fit(["x" * 201] * 3)


def test_the_encoder_is_plain_data_and_comes_back():
    encoder = TextEncoder.fit(PASSAGES, "review")
    assert TextEncoder.from_dict(json.loads(json.dumps(encoder.to_dict()))) == encoder


@pytest.mark.parametrize(
    "change",
    [{"unit": "lines"}, {"terms": []}, {"terms": ["a", "a", "b"]}, {"terms": ["a", "b", 3]}, {"terms": ["a", "b", ""]},
     {"idf": [1.0, 1.0, math.nan]}, {"idf": [1.0, 1.0, -1.0]}, {"idf": [1.0]}, {"column": 3},
     {"terms": "abc"}, {"idf": {1.0: 1, 2.0: 2, 3.0: 3}}, {"idf": [1.0, 1.0, 1e300]}],
)  # fmt: skip
def test_a_model_file_is_not_trusted(change: dict[str, object]):
    content = TextEncoder.fit(PASSAGES).to_dict() | change
    with pytest.raises((KeyError, TypeError, ValueError)):
        TextEncoder.from_dict(content)


def make_folder(root: Path, count: int = 10) -> Path:
    """A folder of passages about cats and dogs."""
    for name in ("cats", "dogs"):
        (root / name).mkdir(parents=True, exist_ok=True)
        for k in range(count):
            (root / name / f"{k}.txt").write_text(f"{name} number {k} are {name}")
    return root


def test_sub_folders_are_classes(tmp_path: Path):
    data = load_passage_folder(make_folder(tmp_path / "pets"))
    assert data.classes == ("cats", "dogs")
    assert [len(part.x) for part in (data.training, data.validation, data.test)] == [14, 3, 3]
    assert data.notes == (
        f"{tmp_path}/pets: 20 passages in 2 classes, from sub-folders",
        "split at random: 14 for training, 3 for validation, 3 for test, with every class's share in each",
        f"each becomes the weights of {data.in_shape[0]} words and pairs of words (tf-idf)",
    )


def test_parts_have_folders_of_their_own(tmp_path: Path):
    for part, count in {"train": 10, "valid": 4, "test": 3}.items():
        make_folder(tmp_path / part, count)
    data = load_passage_folder(tmp_path)
    assert [len(part.x) for part in (data.training, data.validation, data.test)] == [20, 8, 6]


def test_empty_passages_are_left_out_and_counted(tmp_path: Path):
    make_folder(tmp_path)
    (tmp_path / "cats" / "0.txt").write_text(" \n")
    assert "; 1 empty ones are left out" in load_passage_folder(tmp_path).notes[0]


def test_binary_files_and_loose_ones_are_refused(tmp_path: Path):
    make_folder(tmp_path)
    (tmp_path / "dogs" / "odd.txt").write_bytes(b"a\0b")
    with pytest.raises(DataError, match=r"odd.txt: holds NUL bytes, so it is not text"):
        load_passage_folder(tmp_path)
    (tmp_path / "dogs" / "odd.txt").unlink()
    (tmp_path / "loose.txt").write_text("here")
    with pytest.raises(DataError, match=r"holds 1 text beside the folders of its classes, such as loose.txt"):
        load_passage_folder(tmp_path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_passages_are_read_in_any_encoding(encoding: str, tmp_path: Path):
    (tmp_path / "p.txt").write_text("我们今天学习深度学习", encoding=encoding)
    assert read_passage(tmp_path / "p.txt") == "我们今天学习深度学习"


def write_table(path: Path) -> Path:
    lines = [f'{k},"{"good" if k % 2 else "bad"} film, number {k}",{"yes" if k % 2 else "no"}' for k in range(40)]
    path.write_text("id,review,liked\n" + "\n".join(lines) + '\n40,"",yes\n41,lost,\n')
    return path


def test_a_column_of_a_table_holds_passages(tmp_path: Path):
    path = write_table(tmp_path / "reviews.csv")
    data = load_passage_table(path, "review")
    assert data.classes == ("no", "yes")
    assert sum(len(part.x) for part in (data.training, data.validation, data.test)) == 40
    assert data.encoder.column == "review"
    assert data.notes[0] == (f"{path}: 40 passages in 2 classes, from the column 'review'; 1 empty ones are left out")
    with pytest.raises(SettingError, match="--text 'revue': "):
        load_passage_table(path, "revue")
    with pytest.raises(SettingError, match="--target 'nix': "):
        load_passage_table(path, "review", "nix")


def test_passages_of_another_folder_are_examples(tmp_path: Path):
    data = load_passage_folder(make_folder(tmp_path / "a"))
    examples = load_passages(make_folder(tmp_path / "b", 2), data.encoder, data.classes)
    assert examples.y.tolist() == [0, 0, 1, 1]


def test_a_class_of_one_passage_is_refused(tmp_path: Path):
    for name, count in (("good", 4), ("bad", 1)):
        (tmp_path / name).mkdir()
        for k in range(count):
            (tmp_path / name / f"{k}.txt").write_text(f"a {name} film {k}")
    (tmp_path / "bad" / "empty.txt").write_text(" \n")
    with pytest.raises(DataError, match="the class 'bad' has one text only; expected at least 2; add some, or leave"):
        load_passage_folder(tmp_path)


def test_a_class_of_empty_passages_is_refused(tmp_path: Path):
    make_folder(tmp_path)
    for path in (tmp_path / "cats").iterdir():
        path.write_text(" \n")
    with pytest.raises(DataError, match="the class 'cats' has no text that can be used; expected at least 2"):
        load_passage_folder(tmp_path)


def test_a_column_without_passages_and_one_for_both_are_refused(tmp_path: Path):
    path = write_table(tmp_path / "reviews.csv")
    with pytest.raises(SettingError, match="--target 'liked': is the column of passages, too; name that of the class"):
        load_passage_table(path, "liked", "liked")
    with pytest.raises(SettingError, match="--target '': "):
        load_passage_table(path, "review", "")
    path.write_text("review,liked\n" + ",yes\n,no\n" * 5 + "lost,\n")
    with pytest.raises(DataError, match="the column 'review' holds no passage in the rows that have a class"):
        load_passage_table(path, "review")


def test_passages_larger_than_memory_are_refused_before_they_are_read(tmp_path: Path):
    make_folder(tmp_path)
    (tmp_path / "cats" / "0.txt").write_bytes(b"x" * 200_000)
    set_memory_limit(500_000)
    try:
        with pytest.raises(SettingError, match=r"with 20 passages needs 80. KB of memory, more than the 500 KB"):
            load_passage_folder(tmp_path)
    finally:
        set_memory_limit(None)


def test_a_pipe_is_named_once(tmp_path: Path):
    os.mkfifo(tmp_path / "p.txt")
    with pytest.raises(DataError, match=r"^[^:]*p.txt: is a pipe or a device; expected a regular file$"):
        read_passage(tmp_path / "p.txt")
    with pytest.raises(DataError, match=r"^[^:]*p.txt: is a pipe or a device; expected a regular file$"):
        read_text(tmp_path / "p.txt")
