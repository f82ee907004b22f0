"""Layers of images, explained: convolution and pooling."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from gradus.equations import Windows, pair
from gradus.errors import SettingError
from gradus.explanations.layer import explain_layer
from gradus.explanations.scope import Backward, Errors, Scope, elementwise, subscript, weight_symbols
from gradus.layers import Conv, GlobalAveragePool, Pool
from gradus.worksheets import Call, Expression, Quantities, Quantity, Symbol, Symbols, total

__all__: list[str] = []

Place = tuple[int, ...]


def pixels(windows: Windows, image: Place, window: Place) -> Iterator[tuple[Place, Place]]:
    """The pixels of an image that a window reads: (place in the window, pixel). Padding is left out.

    Args:
        image: (height, width).
        window: its number (down, across).
    """
    (top, _), (left, _) = windows.pads(image)
    (down, across), (_, width) = pair(windows.stride), pair(windows.size)
    for number, (i, j) in enumerate(windows.offsets()):
        pixel = window[0] * down + i - top, window[1] * across + j - left
        if all(0 <= p < n for p, n in zip(pixel, image, strict=True)):
            yield divmod(number, width), pixel


class Reads:
    """Which windows read which pixels: forwards[window] and backwards[pixel], both as (place in the window, other)."""

    def __init__(self, windows: Windows, image: Place):
        self.counts = windows.counts(image)
        self.forwards = {window: list(pixels(windows, image, window)) for window in np.ndindex(*self.counts)}
        self.backwards: dict[Place, list[tuple[Place, Place]]] = {pixel: [] for pixel in np.ndindex(*image)}
        for window, read in self.forwards.items():
            for place, pixel in read:
                self.backwards[pixel].append((place, window))


def is_padded(windows: Windows, image: Place) -> bool:
    """True if windows read padding."""
    return any(pad > 0 for sides in windows.effective_pads(image) for pad in sides)


def kernel_symbols(scope: Scope, shape: Place, groups: int) -> Symbols:
    """Symbols of kernels (height, width, channels of a group, maps): w_jk(u,v), for map j and channel k."""
    symbols = np.empty(shape, object)
    *_, channels, maps = shape
    for u, v, k, j in np.ndindex(*shape):
        channel = j // (maps // groups) * channels + k
        if channels * groups > 1:
            index = subscript((maps, channels * groups), (j, channel))
        else:
            index = subscript((maps,), (j,)) if maps > 1 else ""
        symbols[u, v, k, j] = Symbol("w", scope.label, index, (u + 1, v + 1))
    return symbols


@explain_layer.register
def _(layer: Conv, scope: Scope, params: Any, x: Quantities) -> tuple[Quantities, Backward]:
    channels, maps = params.w.shape[2], layer.maps
    reads = Reads(layer.windows(), x.shape[1:3])
    w = scope.parameters(kernel_symbols(scope, params.w.shape, layer.groups), params.w, (0, 1), over_positions=True)
    b = scope.parameters(
        weight_symbols("b", scope.label, (maps,)) if maps > 1 else np.array([Symbol("b", scope.label)], object),
        params.b,
    )

    def first_channel(j: int) -> int:
        return j // (maps // layer.groups) * channels

    def weighted_input(m: int, down: int, across: int, j: int) -> Expression:
        read, first = reads.forwards[down, across], first_channel(j)
        return total(w[(*p, k, j)] * x[(m, *pixel, first + k)] for k in range(channels) for p, pixel in read) + b[j]

    rule = "`z = Σ w(p) a(p) + b`, over the pixels that the kernel lies on"
    if is_padded(layer.windows(), x.shape[1:3]):
        rule += "; pixels of the padding are 0 and are left out"
    z = scope.forward(rule).define_all(scope.outputs("z", (len(x), *reads.counts, maps)), weighted_input)

    def backward(delta: Quantities) -> Errors:
        def weight_gradient(u: int, v: int, k: int, j: int) -> Expression:
            read = [(window, pixel) for window, read in reads.forwards.items() for p, pixel in read if p == (u, v)]
            channel = first_channel(j) + k
            return total(
                x[(m, *pixel, channel)] * delta[(m, *window, j)] for m in range(len(x)) for window, pixel in read
            )

        scope.gradients("BP3: `∂C/∂b = Σ δ`, over all windows", b, lambda j: total(delta[..., j].flat))
        scope.gradients("BP4: `∂C/∂w(p) = Σ a(p) δ`, over all windows", w, weight_gradient)
        dx = np.empty(x.shape, object)
        for m, *pixel, channel in np.ndindex(*x.shape):
            dx[(m, *pixel, channel)] = total(
                w[(*p, channel - first_channel(j), j)] * delta[(m, *window, j)]
                for j in range(maps)
                if 0 <= channel - first_channel(j) < channels
                for p, window in reads.backwards[tuple(pixel)]
            )
        return Errors("BP2, first factor: `∂C/∂a = Σ w(p) δ`, over the windows that read the pixel", dx)

    return z, backward


@explain_layer.register
def _(layer: Pool, scope: Scope, params: Any, x: Quantities) -> tuple[Quantities, Backward]:
    if layer.pooling not in POOLED:
        raise SettingError(f"layer {scope.label} ({layer}): there is no worked step of such a pooling")
    pooled = POOLED[layer.pooling]
    reads = Reads(layer.windows(), x.shape[1:3])

    def in_window(m: int, *window: int) -> list[Quantity]:
        """The pixels of a window (down, across) of a channel."""
        *place, k = window
        return [x[(m, *pixel, k)] for _, pixel in reads.forwards[tuple(place)]]

    shape = (len(x), *reads.counts, x.shape[-1])
    y = scope.forward(pooled.rule).define_all(scope.outputs("a", shape), lambda *place: pooled.f(in_window(*place)))

    def backward(dy: Quantities) -> Errors:
        dx = np.empty(x.shape, object)
        for m, *pixel, k in np.ndindex(*x.shape):
            own, windows = x[(m, *pixel, k)], [window for _, window in reads.backwards[tuple(pixel)]]
            shares = (
                pooled.share(own, in_window(m, *window, k), y[(m, *window, k)], dy[(m, *window, k)])
                for window in windows
            )
            dx[(m, *pixel, k)] = total(share for share in shares if share is not None)
        return Errors(pooled.back_rule, dx, is_choice=layer.pooling == "max")

    return y, backward


class Pooled(NamedTuple):
    """A pooling, explained.

    f: of the pixels in a window.
    share: of the error of a window's output that a pixel receives, from the pixel, the window's pixels, its output and
        the error of that; None for nothing.
    """

    rule: str
    f: Callable[[list[Quantity]], Expression]
    back_rule: str
    share: Callable[[Quantity, list[Quantity], Quantity, Quantity], Expression | None]


def max_share(own: Quantity, window: list[Quantity], y: Quantity, dy: Quantity) -> Expression | None:
    """All of the error for the first of the largest pixels.

    Raises:
        SettingError: if the numbers on the page do not tell which one it is.
    """
    winner = max(window, key=lambda quantity: quantity.exact)
    if winner is not max(window, key=lambda quantity: quantity.shown):
        raise SettingError("two pixels of a window differ by less than four decimals; try another --seed")
    return dy if own is winner else None


def l2_share(own: Quantity, window: list[Quantity], y: Quantity, dy: Quantity) -> Expression | None:
    return own / y * dy if y.exact else None


POOLED = {
    "max": Pooled(
        "the largest number in the window",
        lambda window: Call("max", tuple(window)),
        "the error goes to the largest number, of equal ones to the first, row by row",
        max_share,
    ),
    "average": Pooled(
        "the mean of the window",
        lambda window: total(window) / len(window),
        "every pixel of a window has an equal share in its error",
        lambda own, window, y, dy: dy / len(window),
    ),
    "l2": Pooled(
        "the root of the sum of squares in the window",
        lambda window: Call("sqrt", (total(pixel**2 for pixel in window),)),
        "each pixel `x` of the window gets the error times `x / a`",
        l2_share,
    ),
}


@explain_layer.register
def _(layer: GlobalAveragePool, scope: Scope, params: Any, x: Quantities) -> tuple[Quantities, Backward]:
    m, height, width, channels = x.shape
    y = scope.forward("the mean of each channel").define_all(
        scope.outputs("a", (m, channels)), lambda m, k: total(x[m, :, :, k].flat) / (height * width)
    )

    def backward(dy: Quantities) -> Errors:
        shares = elementwise(lambda d: d / (height * width), dy)
        return Errors("every pixel has an equal share in the error", np.broadcast_to(shares[:, None, None], x.shape))

    return y, backward
