"""Taking the lines of ruled or squared paper out of the ink."""

import numpy as np

__all__ = ["erase_rules"]

VISIBLE = 0.08  # of the darkest ink
SAMPLES = 64  # columns looked at, evenly spaced
MAX_SLOPE = 0.08  # of a sheet that lies askew: nearly 5 degrees
COVERAGE = 0.8  # of the width: a stroke is shorter than a line
END = 0.05  # of the width at both sides: a line reaches one of them
MAX_THICKNESS = 0.03  # of the longer side: what is thicker is no line
VARIATION = 1.4  # in how dark a line is, from one end to the other
OPAQUE = 0.9  # of the darkest ink: what a darker line leaves of a stroke says too little of how dark it is


def erase_rules(contrast: np.ndarray) -> np.ndarray:
    """The contrast with the paper without straight lines from side to side or from top to bottom.

    A line takes its own share from the strokes that cross it, which are darker.

    Args:
        contrast: (height, width), positive for ink.
    """
    return erase_rows(erase_rows(contrast).T).T


def erase_rows(contrast: np.ndarray) -> np.ndarray:
    """The contrast without lines from side to side, all of the same slope."""
    most = contrast.max()
    slope, coverage = best_slope(contrast > VISIBLE * most)
    is_line = thin_runs(coverage > COVERAGE, MAX_THICKNESS * max(contrast.shape))
    if not is_line.any():
        return contrast
    columns = np.arange(contrast.shape[1])
    shifts = np.round(slope * columns).astype(int)
    level = np.zeros_like(contrast)
    for row in np.flatnonzero(grown(is_line, 2)):
        rows = row + shifts
        inside = (rows >= 0) & (rows < len(contrast))
        level[rows[inside], columns[inside]] = max(np.median(contrast[rows[inside], columns[inside]]), 0)
    level = np.minimum(VARIATION * level, most)
    rest = np.maximum(most - level, (1 - OPAQUE) * most)
    return np.where(level > 0, np.maximum(contrast - level, 0) / rest * most, contrast)


def best_slope(visible: np.ndarray) -> tuple[float, np.ndarray]:
    """The slope at which the rows hold the longest lines, and the share of each sheared row that is visible.

    Row r of the result is the line from (r, 0) to (r + slope * width, width); 0 for those that reach no side.
    """
    height, width = visible.shape
    columns = np.unique(np.linspace(0, width - 1, SAMPLES).astype(int))
    sampled = visible[:, columns]
    slopes = np.linspace(-MAX_SLOPE, MAX_SLOPE, 2 * int(MAX_SLOPE * width) + 1)
    margin = int(MAX_SLOPE * width) + 1
    padded = np.pad(sampled, ((margin, margin), (0, 0)))
    rows = margin + np.arange(height)[:, None]
    ends = np.abs(columns / max(width - 1, 1) - 0.5) > 0.5 - END
    best = 0.0, np.zeros(height)
    for slope in sorted(slopes, key=abs):
        found = padded[rows + np.round(slope * columns).astype(int), np.arange(len(columns))]
        coverage = found.mean(axis=1) * found[:, ends].mean(axis=1).round()
        if (coverage**2)[coverage > COVERAGE].sum() > (best[1] ** 2)[best[1] > COVERAGE].sum():
            best = slope, coverage
    return best


def thin_runs(is_line: np.ndarray, most: float) -> np.ndarray:
    """The flags without runs of more than `most` rows."""
    from scipy import ndimage

    runs, count = ndimage.label(is_line)
    lengths = ndimage.sum_labels(is_line, runs, np.arange(count + 1))
    return is_line & (lengths <= most)[runs]


def grown(flags: np.ndarray, rows: int) -> np.ndarray:
    """The flags with so many rows before and after each run."""
    return np.convolve(flags, np.ones(2 * rows + 1), mode="same") > 0
