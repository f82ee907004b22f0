"""docs/conformance.md, in both languages: the cases that run, and why others do not.

`python conformance_page.py` writes the pages again.
"""

import os
import tomllib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import onnx
from conformance_cases import cases, translated
from onnx_node import InexpressibleError

DOCS = Path(__file__).parents[2] / "docs"
PAGES = {"en": DOCS / "conformance.md", "zh": DOCS / "zh" / "conformance.md"}

TEXTS = tomllib.loads((Path(__file__).parent / "conformance_page.toml").read_text(encoding="utf-8"))


@dataclass
class Result:
    """Of one operator: the cases that run, and those that do not, or not all of them, by the reason."""

    run: list[str] = field(default_factory=list)
    layers: dict[str, None] = field(default_factory=dict)
    not_run: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    not_compared: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


@cache
def results() -> dict[str, Result]:
    found = {}
    for operator, of_operator in cases().items():
        result = found[operator] = Result()
        for case in of_operator:
            name = case.name.removeprefix("test_")
            try:
                node, translation = translated(case)
            except InexpressibleError as error:
                result.not_run[str(error)].append(name)
                continue
            result.run.append(name)
            result.layers[f"`{type(translation.layer).__name__}`"] = None
            for output in node.expected.keys() & translation.not_compared.keys():
                result.not_compared[f"`{output}`: {translation.not_compared[output]}"].append(name)
    return found


def page(language: str) -> str:
    words = TEXTS[language]
    rows = [
        (operator, words["comma"].join(r.layers), str(len(r.run)), str(sum(map(len, r.not_run.values()))))
        for operator, r in results().items()
    ]
    rows.append((words["total"], "", *(str(sum(int(row[column]) for row in rows)) for column in (2, 3))))
    sections = [words["head"].format(version=onnx.__version__), table(words["counts"], rows)]
    for kind in ("not_run", "not_compared"):
        title, *columns = words[kind]
        sections += [f"## {title}\n", table(columns, reasons(kind, language))]
    return "\n".join(sections)


def reasons(kind: str, language: str) -> list[tuple[str, ...]]:
    """A row for each reason of each operator."""
    words = TEXTS[language]
    return [
        (
            operator,
            reason_in(language, reason),
            words["all"] if names == result.run else words["comma"].join(f"`{name}`" for name in sorted(names)),
        )
        for operator, result in results().items()
        for reason, names in sorted(getattr(result, kind).items())
    ]


def reason_in(language: str, reason: str) -> str:
    """The reason, in the words of the page."""
    if language == "en":
        return reason
    words = TEXTS[language]
    subject, why = reason.split(": ", 1)
    for english, other in words["subjects"].items():
        subject = subject.replace(english, other)
    return subject + words["separator"] + words["reasons"][why]


def table(head: Sequence[str], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    for language, path in PAGES.items():
        path.write_text(page(language), encoding="utf-8")
