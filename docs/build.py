"""Build the site in both languages, with every warning an error: python docs/build.py [FOLDER]

FOLDER, by default build/site, receives index.html in English and zh/index.html in Chinese; both can be opened from
there, without a server. Whatever follows FOLDER is handed to sphinx-build: `-E` builds everything anew.
"""

import sys
from pathlib import Path

from sphinx.cmd.build import main

DOCS = Path(__file__).resolve().parent
LANGUAGES = {"en": (DOCS, ""), "zh": (DOCS / "zh", "zh")}  # where the pages are, and where they go


def build(folder: Path, options: list[str]) -> int:
    """Build both languages and return sphinx-build's exit code: 0 if neither has a fault."""
    codes = []
    for language, (source, place) in LANGUAGES.items():
        doctrees = folder.parent / f"{folder.name}-doctrees" / language
        arguments = [
            "-W",
            "--keep-going",
            "-q",
            "-j",
            "auto",
            "-d",
            str(doctrees),
            *options,
            str(source),
            str(folder / place),
        ]
        codes.append(main(arguments))
    return max(codes)


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS.parent / "build" / "site"
    sys.exit(build(folder, sys.argv[2:]))
