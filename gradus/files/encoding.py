"""The encoding of a text file, found out from its bytes."""

import codecs
import re
from collections import Counter
from contextlib import suppress

__all__ = ["decode"]

MARKS = {codecs.BOM_UTF8: "UTF-8", codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16"}
CODECS = {"UTF-8": "utf-8-sig", "UTF-16": "utf-16", "GB18030": "gb18030", "Windows-1252": "windows-1252"}
# The first bytes of the 3,755 most frequent characters of simplified Chinese, and of the 5,338 of traditional Chinese.
FREQUENT = {"gb2312": range(0xB0, 0xD8), "big5": range(0xA4, 0xC6)}
SYLLABLES = "\uac00", "\ud7a3"  # the first and the last
LEAST_SYLLABLES = 12  # different ones: of as many Chinese characters, one text in 300 could be read as syllables alone
# Signs before a letter, the last three behind one, and words of accented letters alone: no text of Western Europe has
# many of them, but other encodings do, read as this one.
ODD = re.compile("[¢-©¬-¯±-´¶¸¹¼-¾†‡ˆ‰›”…™][^\\W\\d_]|[^\\W\\d_][„‚ƒ]|[^\\W\\d_a-zA-Z]{3,}")
MOST_ACCENTS = 0.6  # of the letters; of Cyrillic or Greek, read as such, all are accented
MOST_ODD = 1 / 2  # of the characters beyond ASCII
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
    """True if the characters beyond ASCII are mostly frequent ones of Chinese, and not those of Korean.

    Bytes of Western European text, too, can be read as pairs, which then give rare characters.
    """
    others = {character: number for character, number in Counter(text).items() if not character.isascii()}
    frequent = sum(number for character, number in others.items() if is_frequent(character))
    return frequent > sum(others.values()) / 2 and not is_korean("".join(others))


def is_frequent(character: str) -> bool:
    """True for one of the frequent characters of simplified (GB 2312) or of traditional Chinese (Big5)."""
    for codec, first_bytes in FREQUENT.items():
        with suppress(UnicodeEncodeError):
            if character.encode(codec)[0] in first_bytes:
                return True
    return False


def is_korean(characters: str) -> bool:
    """True if the bytes of characters in GB18030 are those of many syllables in EUC-KR, and of nothing else."""
    try:
        korean = characters.encode("gb18030").decode("euc_kr")
    except UnicodeDecodeError:
        return False
    return len(korean) >= LEAST_SYLLABLES and all(SYLLABLES[0] <= character <= SYLLABLES[1] for character in korean)


def is_western(text: str) -> bool:
    """True for a text without controls, of whose letters not too many are accented, nor much of what is odd."""
    counts = Counter(text)
    letters = sum(number for character, number in counts.items() if character.isalpha())
    others = {character: number for character, number in counts.items() if not character.isascii()}
    accented = sum(number for character, number in others.items() if character.isalpha())
    return (
        accented <= MOST_ACCENTS * letters
        and sum(map(len, ODD.findall(text))) <= MOST_ODD * sum(others.values())
        and not any(character < " " and character not in SPACES for character in counts)
    )


PLAUSIBLE = {"UTF-8": lambda text: True, "GB18030": is_chinese, "Windows-1252": is_western}
