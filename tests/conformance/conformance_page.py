"""docs/conformance.md: which cases run, and why others do not. `python conformance_page.py` writes it again."""

import os
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import onnx
from conformance_cases import cases, translated
from onnx_node import InexpressibleError

PAGE = Path(__file__).parents[2] / "docs" / "conformance.md"

HEAD = """\
# Conformance

ONNX, the exchange format for networks, ships test cases of each operator: inputs and the outputs expected of them. The
tests put every case of the operators below before our layers, in ONNX's own tolerance, and `forward`, in training,
and `infer`, in prediction, must both pass where they are meant to agree. The cases are those of onnx {version} whose
model is one such operator: its node tests, and the models from PyTorch, with random weights, that come with it.

A translator in `tests/conformance/` makes of each case a layer, its parameters and its input. It may change the
layout: channels and sequences' batches are moved, an axis is put in or several are laid out as one, gates are put
in our order, two biases that are added become one, and Gemm's alpha and beta are multiplied into the weights and the
bias. `SAME_LOWER` and `ceil_mode` become the numbers of pixels that they amount to on the case's image. It may not
compute anything that the layer is there to compute. Every attribute and input of a case must be looked at, and one
that no layer of ours can express is refused with the reason below.

Each case is computed in its own dtype, but integers of 64 bits are read as 32, as JAX does unless `jax_enable_x64` is
set. Where a case asks where the maxima of a pooling lie (`Indices`), `backward` must say so: there the error goes.
In ONNX's recurrent cases all weights of a layer are equal, so that gates in a wrong order would pass, and none that
runs has sequences of several lengths or a first state of its own. All of these are put before ONNX's reference
implementation with random weights, in `test_conformance_recurrent.py`.

This page is written by `python tests/conformance/conformance_page.py`, and a test holds it to what the code does.
"""


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


def page() -> str:
    rows = [
        (operator, ", ".join(r.layers), str(len(r.run)), str(sum(map(len, r.not_run.values()))))
        for operator, r in results().items()
    ]
    rows.append(("total", "", *(str(sum(int(row[column]) for row in rows)) for column in (2, 3))))
    counts = table(("operator", "layer", "run, and pass", "not run"), rows)
    not_run = table(("operator", "what it asks for, and what we have", "cases"), reasons("not_run"))
    not_compared = table(("operator", "output", "cases"), reasons("not_compared"))
    return "\n".join(
        [
            HEAD.format(version=onnx.__version__),
            counts,
            "## Not run\n",
            not_run,
            "## Outputs that are not compared, in cases that run\n",
            not_compared,
        ]
    )


def reasons(kind: str) -> list[tuple[str, ...]]:
    """A row for each reason of each operator."""
    return [
        (operator, reason, "all that run" if names == result.run else ", ".join(f"`{name}`" for name in sorted(names)))
        for operator, result in results().items()
        for reason, names in sorted(getattr(result, kind).items())
    ]


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
