"""The encoding of a text file, found out from its bytes."""

import codecs

__all__ = ["decode"]

MARKS = {codecs.BOM_UTF8: "UTF-8", codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16"}
CODECS = {"UTF-8": "utf-8-sig", "UTF-16": "utf-16", "GB18030": "gb18030", "Windows-1252": "windows-1252"}
FREQUENT = range(0xB0, 0xD8)  # the first bytes of the 3,755 most frequent characters; the second ones are above 0xA0
LEAST_SECOND = 0xA0
MOST_ACCENTS = 0.6  # of the letters of a Western European text; of Cyrillic or Greek, read as such, all are accented
SPACES = "\t\n\v\f\r"


def decode(content: bytes) -> tuple[str, str]:
    """The text of a file and the name of its encoding: UTF-8, UTF-16, GB18030 or Windows-1252.

    Raises:
        ValueError: for bytes that are no text, or in another encoding.
    """
    marked = next((name for mark, name in MARKS.items() if content.startswith(mark)), None)
    if marked is None and b"\0" in content:
        raise no_text()
    for name in [marked] if marked else ["UTF-8", "GB18030", "Windows-1252"]:
        try:
            text = content.decode(CODECS[name])
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            raise no_text()
        if marked or PLAUSIBLE[name](text):
            return text, name
    raise ValueError("is in an encoding other than UTF-8, UTF-16, GB18030 and Windows-1252; save it as UTF-8")


def no_text() -> ValueError:
    """The error for bytes that are no text."""
    return ValueError("holds NUL bytes, so it is not text; save it as UTF-8")


def is_chinese(text: str) -> bool:
    """True if the characters beyond ASCII are mostly the frequent ones of Chinese.

    Bytes of Western European text, too, can be read as pairs, which then give rare characters.
    """
    pairs = [character.encode("gb18030") for character in text if not character.isascii()]
    return sum(pair[0] in FREQUENT and pair[1] > LEAST_SECOND for pair in pairs) > len(pairs) / 2


def is_western(text: str) -> bool:
    """True for a text without controls, of whose letters not too many are accented."""
    letters = [character for character in text if character.isalpha()]
    accented = sum(not character.isascii() for character in letters)
    return accented <= MOST_ACCENTS * len(letters) and not any(c < " " and c not in SPACES for c in text)


PLAUSIBLE = {"UTF-8": lambda text: True, "GB18030": is_chinese, "Windows-1252": is_western}
