"""Build the site in both languages, with every warning an error: python docs/build.py [FOLDER]

FOLDER, by default build/site, receives index.html in English and zh/index.html in Chinese; both can be opened from
there, without a server. Whatever follows FOLDER is handed to sphinx-build.
"""

import sys
from pathlib import Path

from sphinx.cmd.build import main

DOCS = Path(__file__).resolve().parent
LANGUAGES = {"en": (DOCS, ""), "zh": (DOCS / "zh", "zh")}  # where the pages are, and where they go
OPTIONS = [
    "-W", "--keep-going",  # a warning is an error, at the end
    "-E",  # read everything anew: each page lists all others beside it
    "-j", "auto", "-q",
]  # fmt: skip


def build(folder: Path, options: list[str]) -> int:
    """Build both languages and return sphinx-build's exit code: 0 if neither has a fault."""
    codes = []
    for language, (source, place) in LANGUAGES.items():
        doctrees = folder.parent / f"{folder.name}-doctrees" / language
        codes.append(main([*OPTIONS, "-d", str(doctrees), *options, str(source), str(folder / place)]))
    return max(codes)


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS.parent / "build" / "site"
    sys.exit(build(folder, sys.argv[2:]))
