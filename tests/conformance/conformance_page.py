"""docs/conformance.md: the cases that run, and why others do not. `python conformance_page.py` writes it again."""

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

ONNX, the exchange format for networks, ships test cases for each operator: inputs and expected outputs. The tests run
every case of the operators below through our layers, within ONNX's own tolerances; where training and prediction are
meant to agree, both `forward` and `infer` must pass. The cases are those of onnx {version} whose model is a single such
operator: its node tests, and the models exported from PyTorch, with random weights, that ship with it.

A translator in `tests/conformance/` turns each case into a layer, its parameters and its input. It may change the
layout: move channels and the batch axis of sequences, insert or merge axes, reorder gates, add two biases into one, and
multiply Gemm's alpha and beta into the weights and the bias. It replaces `SAME_LOWER` and `ceil_mode` by the numbers of
pixels that they mean for the image of the case. It may not compute anything that is the layer's own work. It must read
every attribute and input of a case, and reject, with one of the reasons below, what our layers cannot express.

Each case is computed in its own dtype, except that 64-bit integers are read as 32-bit, as JAX does unless
`jax_enable_x64` is set. If a case asks for the positions of a pooling's maxima (`Indices`), `backward` must give them:
the error goes there. In ONNX's recurrent cases all weights of a layer are equal, so gates in a wrong order would pass,
and none of the cases that run has sequences of different lengths or an initial state. `test_conformance_recurrent.py`
compares all of these with ONNX's reference implementation on random weights.

`python tests/conformance/conformance_page.py` writes this page, and a test compares the page with the code.
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
    counts = table(("operator", "layer", "run and pass", "not run"), rows)
    not_run = table(("operator", "reason", "cases"), reasons("not_run"))
    not_compared = table(("operator", "output", "cases"), reasons("not_compared"))
    return "\n".join(
        [
            HEAD.format(version=onnx.__version__),
            counts,
            "## Not run\n",
            not_run,
            "## Outputs not compared in the cases that run\n",
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
