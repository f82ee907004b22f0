"""Windows, convolution and pooling as plain loops over NumPy arrays: the independent answer."""

from math import ceil

import numpy as np


def both(setting):
    return setting if isinstance(setting, tuple) else (setting, setting)


def padding_of(padding, image, spans, strides):
    if padding == "valid":
        return (0, 0), (0, 0)
    if padding == "same":
        sides = []
        for n, span, stride in zip(image[:2], spans, strides, strict=True):
            total = max((ceil(n / stride) - 1) * stride + span - n, 0)
            sides.append((total // 2, total - total // 2))
        return tuple(sides)
    return padding if isinstance(padding, tuple) else ((padding, padding), (padding, padding))


def windows_of(x, size, stride, dilation, padding, fill=0.0):
    """Yields (row, column, window), with the window (batch, height, width, channels)."""
    (a, b), (s, t), (d, e) = both(size), both(stride), both(dilation)
    spans = (a - 1) * d + 1, (b - 1) * e + 1
    (top, bottom), (left, right) = padding_of(padding, x.shape[1:3], spans, (s, t))
    padded = np.full((len(x), x.shape[1] + top + bottom, x.shape[2] + left + right, x.shape[3]), fill)
    padded[:, top : top + x.shape[1], left : left + x.shape[2]] = x
    for row, i in enumerate(range(0, padded.shape[1] - spans[0] + 1, s)):
        for column, j in enumerate(range(0, padded.shape[2] - spans[1] + 1, t)):
            yield row, column, padded[:, i : i + spans[0] : d, j : j + spans[1] : e]


def image_of(pixels):
    """(batch, down, across, channels) from {(row, column): (batch, channels)}."""
    down, across = (1 + max(place[axis] for place in pixels) for axis in (0, 1))
    return np.array([[pixels[i, j] for j in range(across)] for i in range(down)]).transpose(2, 0, 1, 3)


def convolved(x, w, b, stride=1, dilation=1, padding="valid", groups=1):
    inputs, per_group, pixels = w.shape[2], w.shape[3] // groups, {}
    for row, column, window in windows_of(x, w.shape[:2], stride, dilation, padding):
        z = np.zeros((len(x), w.shape[3]))
        for j in range(w.shape[3]):
            first = j // per_group * inputs
            z[:, j] = (window[..., first : first + inputs] * w[..., j]).sum(axis=(1, 2, 3)) + b[j]
        pixels[row, column] = z
    return image_of(pixels)


def pooled(x, window, stride, kind, padding):
    f = {"max": np.nanmax, "average": np.nanmean, "l2": lambda a, axis: np.sqrt(np.nansum(a**2, axis=axis))}[kind]
    found = windows_of(x, window, stride, 1, padding, fill=np.nan)
    return image_of({(row, column): f(pixels, axis=(1, 2)) for row, column, pixels in found})
