"""The encoding of a text file, found out from its bytes."""

import codecs

__all__ = ["decode"]

MARKS = {codecs.BOM_UTF8: "UTF-8", codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16"}

LATIN = "Windows-1252"
FREQUENT = range(0xB0, 0xD8)  # the first bytes of the 3,755 most frequent characters; the second ones are above 0xA0
LEAST_SECOND = 0xA0


def decode(content: bytes) -> tuple[str, str]:
    """The text of a file and the name of its encoding.

    Raises:
        ValueError: for bytes that are no text.
    """
    for mark, encoding in MARKS.items():
        if content.startswith(mark):
            return content.decode("utf-8-sig" if encoding == "UTF-8" else encoding), encoding
    if b"\0" in content:
        raise ValueError("holds binary data; expected text")
    try:
        return content.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError:
        pass
    return (content.decode("gb18030"), "GB18030") if is_chinese(content) else (content.decode(LATIN, "replace"), LATIN)


def is_chinese(content: bytes) -> bool:
    """True for bytes that are GB18030, and whose characters are mostly the frequent ones of Chinese.

    Bytes of Western European text, too, can be read as pairs, which then give rare characters.
    """
    try:
        beyond = [character for character in content.decode("gb18030") if not character.isascii()]
    except UnicodeDecodeError:
        return False
    pairs = (character.encode("gb18030") for character in beyond)
    return sum(pair[0] in FREQUENT and pair[1] > LEAST_SECOND for pair in pairs) > len(beyond) / 2
