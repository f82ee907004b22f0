"""The sections of a report: what each shows, as plain data for the page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from jax import Array

from gradus.data import Dataset, Examples
from gradus.layers import Conv, Dense, Flatten
from gradus.models import ClassificationMetrics, Model, RegressionMetrics, area_under_curve, scale_inputs
from gradus.network import Network
from gradus.reports.insight import one_network, permutation_importance, reliability, saliency
from gradus.reports.pictures import draw_calibration, draw_maps, draw_residuals, image_uri, kernel_uri
from gradus.tables import TableEncoder

__all__ = ["Cell", "Section", "cells", "data_sections", "keys", "measures"]

MOST_CLASSES = 30  # of a confusion matrix; of more classes, the pairs that are confused most often are listed
MOST_ROWS = 20  # of a table of mistakes, pairs or columns
MOST_TARGETS = 10  # whose errors are drawn
SHOWN = 4  # examples whose maps are shown
MOST_TEXT = 300  # characters of a caption
MOST_NAME = 60  # characters of a name


@dataclass(frozen=True)
class Cell:
    """A cell of a table.

    Args:
        text: as it is, or with `is_key` the key of a text.
        picture: the address of one, above the text.
        shade: how dark the cell is, from 0 to 1.
    """

    text: str = ""
    picture: str = ""
    shade: float = 0.0
    is_key: bool = False


@dataclass
class Section:
    """A part of the page.

    Args:
        title, text: keys of the texts.
        values: what the text names in braces.
        pictures: addresses that hold them.
        head, rows: a table.
        code: a text as it is, such as a command.
    """

    title: str
    text: str = ""
    values: dict[str, str] = field(default_factory=dict)
    pictures: list[str] = field(default_factory=list)
    head: list[Cell] = field(default_factory=list)
    rows: list[list[Cell]] = field(default_factory=list)
    code: str = ""


def cells(*texts: object) -> list[Cell]:
    """A row of texts as they are."""
    return [Cell(str(text)) for text in texts]


def keys(*names: str) -> list[Cell]:
    """A row of words that depend on the language."""
    return [Cell(name, is_key=True) for name in names]


def data_sections(model: Model, data: Dataset) -> Iterator[Section]:
    """The sections about a model of examples."""
    part = "test" if len(data.test.x) else "validation"
    examples: Examples = getattr(data, part)
    if not len(examples.x):
        yield Section("result", "no_part")
        return
    metrics, outputs = model.metrics(examples), model.probabilities(examples.x)
    yield result(metrics, outputs, examples, part)
    if isinstance(metrics, ClassificationMetrics):
        yield from confusion(metrics)
        yield calibration(outputs, examples.y)
        yield mistakes(model, outputs, examples, data)
    else:
        predicted = model.predict(examples.x)
        for k, name in enumerate(model.targets[:MOST_TARGETS]):
            picture = draw_residuals(predicted[:, k], examples.y[:, k])
            yield Section("residuals", "residuals_text", {"target": shorten(name)}, [picture])
        yield numeric_mistakes(model, predicted, examples, data)
    if len(data.in_shape) == 3:
        yield from image_sections(model, examples, data)
    if groups := columns(data):
        rises = permutation_importance(model, examples, groups)
        rows = [cells(shorten(name), f"{rise:.4f}") for name, rise in list(rises.items())[:MOST_ROWS]]
        yield Section("importance", "importance_text", head=keys("column", "rise"), rows=rows)


def columns(data: Dataset) -> Mapping[str, Sequence[int]]:
    """The numbers of the inputs of each column: of a table, or of vectors that come as they are; else none."""
    if isinstance(data.encoder, TableEncoder):
        return data.encoder.groups
    is_plain = data.encoder is None and len(data.in_shape) == 1 and data.training.x.dtype.kind == "f"
    return {f"x_{k + 1}": [k] for k in range(data.in_shape[0])} if is_plain else {}


def result(
    metrics: ClassificationMetrics | RegressionMetrics, outputs: np.ndarray, examples: Examples, part: str
) -> Section:
    """The metrics."""
    if isinstance(metrics, RegressionMetrics):
        found = {name: f"{value:.6g}" for name, value in metrics.as_dict().items()}
    else:
        recall = metrics.per_class.recall[np.unique(examples.y)]
        found = {
            "accuracy": f"{metrics.accuracy:.2%}",
            "balanced_accuracy": f"{np.mean(recall):.2%}",
            "log_loss": f"{metrics.log_loss:.4f}",
            "calibration_error": f"{metrics.calibration_error:.4f}",
        }
        if len(metrics.classes) == 2 and len(np.unique(examples.y)) == 2:
            found["auc"] = f"{area_under_curve(outputs[:, 1], examples.y):.4f}"
    return measures(found, part, len(examples.x))


def measures(found: dict[str, str], part: str, count: int) -> Section:
    """A table of measures by their keys."""
    rows = [[*keys(name), *cells(value)] for name, value in found.items()]
    return Section("result", f"on_{part}", {"count": f"{count:,}"}, head=keys("measure", "value"), rows=rows)


def confusion(metrics: ClassificationMetrics) -> Iterator[Section]:
    """The scores of each class, and which classes are taken for which."""
    names, counts = [shorten(name) for name in metrics.classes], metrics.confusion
    scores = zip(names, *metrics.per_class, counts.sum(axis=1), strict=True)
    rows = [cells(name, *(f"{score:.1%}" for score in some), f"{count:,}") for name, *some, count in scores]
    yield Section("classes", head=keys("class", "precision", "recall", "f1", "examples"), rows=rows)
    if len(names) <= MOST_CLASSES:
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        table = [
            [Cell(name), *(Cell(f"{n:,}" if n else "", shade=float(share)) for n, share in zip(*row, strict=True))]
            for name, *row in zip(names, counts, shares, strict=True)
        ]
        yield Section("confusion", "confusion_text", head=cells("", *names), rows=table)
    else:
        wrong = counts - np.diag(np.diag(counts))
        pairs = np.argsort(-wrong, axis=None, kind="stable")[:MOST_ROWS]
        found = [np.unravel_index(pair, wrong.shape) for pair in pairs if wrong.flat[pair]]
        rows = [cells(names[i], names[j], f"{wrong[i, j]:,}") for i, j in found]
        yield Section("confusion", "confused_text", head=keys("true", "predicted", "count"), rows=rows)


def calibration(outputs: np.ndarray, y: np.ndarray) -> Section:
    """How far probabilities can be trusted."""
    picture = draw_calibration(*reliability(outputs.max(axis=1), outputs.argmax(axis=1) == y))
    return Section("calibration", "calibration_text", pictures=[picture])


def mistakes(model: Model, outputs: np.ndarray, examples: Examples, data: Dataset) -> Section:
    """The wrong answers with the highest probabilities."""
    answers = outputs.argmax(axis=1)
    wrong = np.flatnonzero(answers != examples.y)
    worst = wrong[np.argsort(-outputs[wrong].max(axis=1), kind="stable")][:MOST_ROWS]
    rows = [
        [example(row, examples, data),
         *cells(*(shorten(model.classes[k]) for k in (examples.y[row], answers[row])), f"{outputs[row].max():.1%}")]
        for row in worst
    ]  # fmt: skip
    text = "mistakes_text" if rows else "no_mistakes"
    return Section("mistakes", text, head=keys("example", "true", "predicted", "probability"), rows=rows)


def numeric_mistakes(model: Model, predicted: np.ndarray, examples: Examples, data: Dataset) -> Section:
    """The examples with the largest errors, each as a part of the numbers' deviation."""
    errors = predicted - examples.y
    deviation = examples.y.std(axis=0)
    sizes = (np.abs(errors) / np.where(deviation > 0, deviation, 1)).max(axis=1)
    rows = []
    for row in np.argsort(-sizes, kind="stable")[:MOST_ROWS]:
        numbers = (", ".join(f"{value:.6g}" for value in values[row]) for values in (examples.y, predicted, errors))
        rows.append([example(int(row), examples, data), *cells(*numbers)])
    return Section("mistakes", "mistakes_numbers", head=keys("example", "true", "predicted", "error"), rows=rows)


def example(row: int, examples: Examples, data: Dataset) -> Cell:
    """An example in a table: its picture, its caption, or its number."""
    caption = shorten(data.captions[row] if row < len(data.captions) else f"{row + 1}", MOST_TEXT)
    x = examples.x[row]
    return Cell(caption, image_uri(x, white_of(data)) if x.ndim == 3 else "")


def shorten(text: str, most: int = MOST_NAME) -> str:
    """A text of at most `most` characters, and three dots where it went on."""
    return text if len(text) <= most else text[:most] + " ..."


def white_of(data: Dataset) -> float:
    """The number that is white in raw pictures."""
    return data.preprocessing.divide_by


def image_sections(model: Model, examples: Examples, data: Dataset) -> Iterator[Section]:
    """What the first layer looks for, and what it and the whole network make of a few pictures."""
    network = one_network(model.network)
    layers = network.chain.layers
    if isinstance(layers[0], Conv):
        kernels = np.moveaxis(np.asarray(network.params[0].w).mean(axis=2), -1, 0)
        yield Section("kernels", "kernels_text", pictures=[kernel_uri(kernels)])
    elif layers[0] == Flatten() and isinstance(layers[1], Dense):
        weights = np.asarray(network.params[1].w).reshape(-1, *data.in_shape).mean(axis=-1)
        yield Section("weights", "weights_text", pictures=[kernel_uri(weights)])
    x = examples.x[:SHOWN]
    maps = first_maps(network, scale_inputs(x, data.preprocessing))
    picture = draw_maps(x, white_of(data), saliency(model, x), maps)
    yield Section("maps", "maps_text" if maps.shape[-1] else "saliency_text", pictures=[picture])


def first_maps(network: Network, x: Array) -> np.ndarray:
    """The maps (m, height, width, maps) of the first convolution in the chain; without one, there are no maps."""
    for layer, params, state in zip(network.chain.layers, network.params, network.state, strict=True):
        x = layer.infer(params, state, x)
        if isinstance(layer, Conv):
            return np.asarray(x)
        if x.ndim != 4:
            break
    return np.zeros((len(x), 1, 1, 0))
