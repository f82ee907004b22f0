"""The table of a network: the output of each layer, its parameters and its multiply-adds (theory A1, E2)."""

from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

import jax
import jax.numpy as jnp

from gradus.layers import Chain, Conv, Shape, byte_count, count

__all__ = ["fully_connected", "layer_bytes", "output_shapes", "shape_text", "summary_table"]


def output_shapes(chain: Chain, in_shape: Shape, params: tuple[Any, ...], state: tuple[Any, ...]) -> list[Shape]:
    """The shape of each layer's output for one input, without the batch axis; nothing is computed."""
    shapes, x = [], jax.ShapeDtypeStruct((1, *in_shape), jnp.result_type(float))
    for layer, p, layer_state in zip(chain.layers, params, state, strict=True):
        x = jax.eval_shape(layer.infer, p, layer_state, x)
        shapes.append(x.shape[1:])
    return shapes


def layer_bytes(chain: Chain, in_shape: Shape, params: tuple[Any, ...], state: tuple[Any, ...]) -> list[int]:
    """The bytes of each layer's parameters and state, and of its output for one input, from shapes alone."""
    outputs = output_shapes(chain, in_shape, params, state)
    of_number = jnp.result_type(float).itemsize
    return [
        byte_count((p, layer_state)) + of_number * prod(shape)
        for p, layer_state, shape in zip(params, state, outputs, strict=True)
    ]


def summary_table(chain: Chain, in_shape: Shape, params: tuple[Any, ...], state: tuple[Any, ...]) -> str:
    """A row for each layer: the shape of its output, its parameters and its multiply-adds for one input.

    A convolution also shows the parameters that a fully connected layer would need in its place (theory E2).
    """
    rows = [("layer", "output", "parameters", "multiply-adds", "fully connected")]
    rows.append(("input", shape_text(in_shape), "", "", ""))
    shapes = output_shapes(chain, in_shape, params, state)
    inputs = [in_shape, *shapes[:-1]]
    for layer, layer_in, shape, p in zip(chain.layers, inputs, shapes, params, strict=True):
        connected = f"{fully_connected(layer_in, shape):,}" if isinstance(layer, Conv) else ""
        work = layer.multiply_adds(p, shape)
        rows.append((str(layer), shape_text(shape), f"{count(p):,}", f"{work:,}" if work else "", connected))
    rows.append(("total", "", f"{count(params):,}", "", ""))
    return "\n".join(aligned_lines(rows))


def fully_connected(in_shape: Shape, out_shape: Shape) -> int:
    """The parameters of a layer that connects each of its outputs to every input (theory E2)."""
    return (prod(in_shape) + 1) * prod(out_shape)


def aligned_lines(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Rows as text: the first two columns flush left, numbers flush right, without empty columns."""
    filled = [column for column in zip(*rows, strict=True) if any(column[1:])]
    widths = [max(map(len, column)) for column in filled]
    for row in zip(*filled, strict=True):
        cells = [cell.ljust(width) for cell, width in zip(row[:2], widths, strict=False)]
        cells += [cell.rjust(width) for cell, width in zip(row[2:], widths[2:], strict=True)]
        yield "  ".join(cells).rstrip()


def shape_text(shape: Shape) -> str:
    """A shape in writing, such as 28x28x1."""
    return "x".join(str(size) for size in shape) or "1"
