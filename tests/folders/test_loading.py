"""Folders of pictures: layouts, sizes, kinds of pictures, litter, and what cannot be used."""

import os
from pathlib import Path

import numpy as np
import pytest
from folders.pictures import make_folder, save
from PIL import Image

from gradus.errors import DataError, SettingError
from gradus.folders import ImageEncoder, load_image_folder, load_pictures


def sizes(data) -> list[int]:
    return [len(part.x) for part in (data.training, data.validation, data.test)]


def test_sub_folders_are_classes(tmp_path: Path):
    data = load_image_folder(make_folder(tmp_path / "pets", 20))
    assert data.name == "pets"
    assert data.classes == ("dark", "light")
    assert sizes(data) == [28, 6, 6]
    assert data.training.x.shape == (28, 8, 8, 3)
    assert data.preprocessing.divide_by == 255
    for x, y in zip(*data.training, strict=True):
        assert (x.mean() > 128) == (y == 1)
    assert data.notes == (
        f"{tmp_path}/pets: 40 images in 2 classes, from sub-folders",
        "split at random: 28 for training, 6 for validation, 6 for test, with every class's share in each",
        "each is scaled and cut to 8x8 in colour",
    )


@pytest.mark.parametrize("name", ["val", "valid", "validation", "Val"])
def test_parts_have_folders_of_their_own(name: str, tmp_path: Path):
    for part, count in {"train": 10, name: 4, "test": 3}.items():
        make_folder(tmp_path / part, count)
    data = load_image_folder(tmp_path)
    assert sizes(data) == [20, 8, 6]
    assert data.notes[1] == "split as its folders are: 20 for training, 8 for validation, 6 for test"


def test_a_validation_part_is_cut_from_the_training_part(tmp_path: Path):
    make_folder(tmp_path / "train", 20)
    make_folder(tmp_path / "test", 3)
    data = load_image_folder(tmp_path)
    assert sizes(data) == [34, 6, 6]
    assert data.notes[1].endswith("; the validation part was cut from the training part at random")


@pytest.mark.parametrize("header", ["file,label\n", ""])
def test_a_table_names_file_and_label(header: str, tmp_path: Path):
    names = [save(tmp_path / f"{k}.png", k).name for k in range(20)]
    rows = "".join(f"{name},{'even' if k % 2 == 0 else 'odd'}\n" for k, name in enumerate(names))
    (tmp_path / "labels.csv").write_text(header + rows)
    data = load_image_folder(tmp_path)
    assert data.classes == ("even", "odd")
    assert sum(sizes(data)) == 20
    for x, y in zip(*data.training, strict=True):
        assert x[0, 0, 0] % 2 == y
    assert data.notes[0] == f"{tmp_path}: 20 images in 2 classes, from labels.csv"


def test_litter_and_empty_files_beside_the_classes_are_passed_over(tmp_path: Path):
    make_folder(tmp_path, 10)
    for litter in (".DS_Store", "Thumbs.db", "dark/Thumbs.db", "dark/.hidden.png", "__MACOSX/dark/._000.png"):
        (tmp_path / litter).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / litter).write_bytes(b"litter")
    assert sum(sizes(load_image_folder(tmp_path))) == 20


def test_all_kinds_of_pictures_become_inputs_of_one_kind(tmp_path: Path):
    save(tmp_path / "a" / "grey.png", 200, mode="L")
    save(tmp_path / "a" / "colour.jpg", (200, 0, 0), size=(20, 10))
    save(tmp_path / "a" / "palette.gif", 1, mode="P")
    save(tmp_path / "a" / "transparent.png", (0, 0, 255, 0), mode="RGBA")
    save(tmp_path / "b" / "bit.bmp", 1, mode="1")
    save(tmp_path / "b" / "deep.tiff", 30_000, mode="I;16")
    save(tmp_path / "b" / "web.webp", (0, 255, 0))
    save(tmp_path / "b" / "cmyk.jpg", (0, 0, 0, 255), mode="CMYK")
    data = load_image_folder(tmp_path)
    assert data.in_shape == (8, 8, 3)
    encoder = data.encoder
    assert encoder.encode_one(tmp_path / "a" / "grey.png")[0, 0].tolist() == [200, 200, 200]
    assert encoder.encode_one(tmp_path / "a" / "transparent.png")[0, 0].tolist() == [255, 255, 255]
    assert encoder.encode_one(tmp_path / "b" / "deep.tiff")[0, 0, 0] == round(30_000 / 65_535 * 255)


def test_grey_folders_have_one_channel(tmp_path: Path):
    for name in "ab":
        for k in range(5):
            save(tmp_path / name / f"{k}.png", 10 * k, mode="L")
    data = load_image_folder(tmp_path)
    assert data.in_shape == (8, 8, 1)
    assert data.notes[2] == "each is scaled and cut to 8x8 in grey"


def test_the_median_picture_decides_the_size_up_to_64(tmp_path: Path):
    for name, size in {"a": (100, 50), "b": (300, 150), "c": (200, 100)}.items():
        save(tmp_path / name / "1.png", 0, size)
        save(tmp_path / name / "2.png", 0, size)
    assert load_image_folder(tmp_path).in_shape == (32, 64, 3)
    assert load_image_folder(tmp_path, image_size=20).in_shape == (20, 20, 3)
    with pytest.raises(SettingError, match="image height 5000: expected at most 1,024"):
        load_image_folder(tmp_path, image_size=5000)


def test_exif_turns_pictures_upright(tmp_path: Path):
    values = np.zeros((8, 8, 3), np.uint8)
    values[:4] = 255
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    Image.fromarray(values).save(tmp_path / "turned.png", exif=exif)
    x = ImageEncoder(8, 8, 3).encode_one(tmp_path / "turned.png")
    assert (x[:4] == 0).all()
    assert (x[4:] == 255).all()


def test_what_juts_out_is_cut_on_both_sides(tmp_path: Path):
    values = np.zeros((10, 30, 3), np.uint8)
    values[:, 10:20] = 255
    Image.fromarray(values).save(tmp_path / "wide.png")
    assert (ImageEncoder(10, 10, 3).encode_one(tmp_path / "wide.png") == 255).all()


def test_bad_pictures_are_named_or_skipped(tmp_path: Path):
    make_folder(tmp_path, 10)
    (tmp_path / "dark" / "000.png").write_bytes(b"not a picture")
    content = (tmp_path / "light" / "001.png").read_bytes()
    (tmp_path / "light" / "001.png").write_bytes(content[:-40])
    with pytest.raises(DataError) as refusal:
        load_image_folder(tmp_path)
    assert str(refusal.value) == (
        f"{tmp_path}: 2 of 20 images cannot be read: dark/000.png, light/001.png (not an image; expected PNG, JPEG, "
        "GIF, WEBP, BMP or TIFF); mend or remove them, or leave them out with --skip-bad"
    )
    data = load_image_folder(tmp_path, skip_bad=True)
    assert sum(sizes(data)) == 18
    assert data.notes[0].endswith("; 2 that cannot be read are left out")


def test_links_that_lead_back_are_not_followed(tmp_path: Path):
    make_folder(tmp_path, 10)
    os.symlink(tmp_path, tmp_path / "dark" / "again")
    assert sum(sizes(load_image_folder(tmp_path))) == 20


def broken(tmp_path: Path, name: str) -> None:
    """Make a folder that cannot be used."""
    make_folder(tmp_path, 6)
    match name:
        case "case":
            make_folder(tmp_path, 6, ("Dark",))
        case "empty class":
            (tmp_path / "none").mkdir()
        case "loose":
            save(tmp_path / "loose.png")
        case "outside":
            (tmp_path / "labels.csv").write_text("file,label\n../x.png,a\ndark/000.png,dark\n")
        case "unknown":
            (tmp_path / "labels.csv").write_text("file,label\ndark/000.png,dark\ndark/999.png,dark\nlight/000.png,b\n")
        case "disagrees":
            (tmp_path / "labels.csv").write_text("file,label\ndark/000.png,light\ndark/001.png,dark\n")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("case", "the classes 'Dark' and 'dark' differ only in case; merge or rename one"),
        ("empty class", "none: holds no image; fill the class, or remove its folder"),
        ("loose", "holds 1 image beside the folders of its classes, such as loose.png; move them into a class"),
        ("outside", "labels.csv: line 2 names '../x.png', outside of the folder; give paths from the folder"),
        ("unknown", "labels.csv: names 1 of 3 images that are not there, such as 'dark/999.png'"),
        ("disagrees", "labels.csv: calls dark/000.png 'light', but it is in the folder 'dark'; correct one of them"),
    ],
)
def test_folders_that_cannot_be_used(name: str, message: str, tmp_path: Path):
    broken(tmp_path, name)
    with pytest.raises(DataError) as refusal:
        load_image_folder(tmp_path)
    assert message in str(refusal.value)


def test_one_class_and_no_class_are_refused(tmp_path: Path):
    with pytest.raises(DataError, match="there is no such folder"):
        load_image_folder(tmp_path / "none")
    with pytest.raises(DataError, match="holds no images"):
        load_image_folder(tmp_path)
    save(tmp_path / "only" / "1.png")
    with pytest.raises(DataError, match="has one class only, 'only'; expected two or more"):
        load_image_folder(tmp_path)


def test_a_class_of_one_image_is_refused_where_it_would_have_to_be_split(tmp_path: Path):
    make_folder(tmp_path / "train", 10)
    save(tmp_path / "train" / "rare" / "1.png", (255, 0, 0))
    with pytest.raises(DataError, match="train: the class 'rare' has one image only; expected at least 2; add some"):
        load_image_folder(tmp_path / "train")
    make_folder(tmp_path / "test", 2)
    assert (load_image_folder(tmp_path).training.y == 2).sum() == 1


def test_a_class_of_two_images_is_in_training_alone_which_is_said(tmp_path: Path):
    make_folder(tmp_path, 10)
    for name in "12":
        save(tmp_path / "rare" / f"{name}.png", (255, 0, 0))
    data = load_image_folder(tmp_path)
    assert (data.training.y == 2).sum() == 2
    assert data.notes[1].endswith("share in each but of 1 class with fewer than 3 examples, which training alone has")


def test_a_class_whose_images_cannot_be_read_is_refused_with_skip_bad_too(tmp_path: Path):
    make_folder(tmp_path, 10)
    for name in "123":
        (tmp_path / "light" / f"{name}.png").write_bytes(b"no picture")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "1.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match="the class 'bad' has no image that can be used; expected at least 2"):
        load_image_folder(tmp_path, skip_bad=True)


def test_a_terminal_shows_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    load_image_folder(make_folder(tmp_path, 10))
    assert capsys.readouterr().err == ""
    monkeypatch.setenv("FORCE_COLOR", "1")
    load_image_folder(tmp_path)
    captured = capsys.readouterr()
    assert "reading 20 images" in captured.err
    assert captured.out == ""


def test_pictures_of_another_folder_are_examples(tmp_path: Path):
    data = load_image_folder(make_folder(tmp_path / "a", 10))
    examples = load_pictures(make_folder(tmp_path / "b", 3), data.encoder, data.classes)
    assert examples.y.tolist() == [0, 0, 0, 1, 1, 1]
    save(tmp_path / "b" / "other" / "1.png")
    with pytest.raises(DataError, match="has the class 'other', which the model does not know; its classes are dark"):
        load_pictures(tmp_path / "b", data.encoder, data.classes)


@pytest.mark.parametrize("content", [{}, {"height": 0, "width": 1, "channels": 1},
                                     {"height": 8, "width": 8, "channels": 2},
                                     {"height": 8.0, "width": 8, "channels": 1}])  # fmt: skip
def test_a_model_file_is_not_trusted(content: dict[str, object]):
    with pytest.raises((KeyError, ValueError)):
        ImageEncoder.from_dict(content)


def test_classes_left_without_a_picture_are_refused(tmp_path: Path):
    make_folder(tmp_path, 4, ("dark", "light", "grey"))
    for picture in (tmp_path / "dark").iterdir():
        picture.write_bytes(b"no picture")
    with pytest.raises(DataError, match="the class 'dark' has no image that can be used; expected at least 2"):
        load_image_folder(tmp_path, skip_bad=True)


def test_links_to_nothing_and_to_themselves_are_pictures_that_cannot_be_read(tmp_path: Path):
    make_folder(tmp_path)
    (tmp_path / "dark" / "gone.png").symlink_to("nowhere.png")
    (tmp_path / "dark" / "self.png").symlink_to("self.png")
    os.mkfifo(tmp_path / "light" / "pipe.png")
    with pytest.raises(DataError, match=r"3 of 23 images cannot be read: dark/gone.png, dark/self.png, light/pipe.png"):
        load_image_folder(tmp_path)
    assert sum(sizes(load_image_folder(tmp_path, skip_bad=True))) == 20


def test_links_inside_the_folder_take_no_pictures_from_their_class(tmp_path: Path):
    make_folder(tmp_path)
    (tmp_path / "dark" / "other").symlink_to(tmp_path / "light")
    (tmp_path / "dark" / "up").symlink_to(tmp_path)
    (tmp_path / "self").symlink_to("self")
    data = load_image_folder(tmp_path)
    assert sum((part.y == 1).sum() for part in (data.training, data.validation, data.test)) == 10
    assert sum(sizes(data)) == 20


@pytest.mark.parametrize(
    ("names", "how"),
    [(("Cat", "cat"), "differ only in case"), (("caf\u00e9", "cafe\u0301"), "look alike"),
     (("a\x01", "a\x02"), "look alike"), (("cat", "cat "), "look alike")],
)  # fmt: skip
def test_classes_that_look_alike_are_refused(names: tuple[str, str], how: str, tmp_path: Path):
    make_folder(tmp_path, 3, (*names, "dog"))
    with pytest.raises(DataError, match=f"the classes .* {how}; merge or rename one"):
        load_image_folder(tmp_path)


def test_labels_in_a_table_that_differ_only_in_case_are_refused(tmp_path: Path):
    names = [save(tmp_path / f"{k}.png", k).name for k in range(20)]
    rows = "".join(f"{name},{('Cat', 'cat', 'dog')[k % 3]}\n" for k, name in enumerate(names))
    (tmp_path / "labels.csv").write_text("file,label\n" + rows)
    with pytest.raises(DataError, match="the classes 'Cat' and 'cat' differ only in case; merge or rename one"):
        load_image_folder(tmp_path)


def test_names_that_are_no_text_are_printable(tmp_path: Path):
    make_folder(tmp_path, 10, ("dark", os.fsdecode(b"l\xefght")))
    data = load_image_folder(tmp_path)
    assert data.classes == ("dark", "l\ufffdght")
    "".join((*data.notes, *data.captions)).encode()
