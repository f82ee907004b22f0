"""gradus train: from a data set to a trained model in a folder."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gradus.cli.options import RUNS, as_json, data_dir, use_compilation_cache
from gradus.cli.signals import Interruption
from gradus.errors import DivergedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gradus.data import Dataset
    from gradus.network import Network
    from gradus.training import Epoch, Model, Stretch
    from gradus.training.run_folder import RunFolder

__all__ = ["train"]

ACTIVATIONS = "sigmoid, tanh, relu, leaky_relu, elu, softplus, silu, gelu or linear"
OF_NETWORK = ("layers", "cost", "activation", "weights", "seed")
OF_TRAINING = ("epochs", "batch_size", "learning_rate", "l2", "seed")
WEIGHTS = "zeros, ones, gaussian, scaled, xavier or he"


@click.command()
@click.argument("data")
@click.option("--layers", default="convolutional", show_default=True,
              help='A line such as "conv20-5x5 maxpool2 dense100 dense10", sizes such as 784-30-10, or one of '
              "single-layer, hidden30, hidden100, deep, convolutional.")  # fmt: skip
@click.option("--cost", default="log-likelihood", show_default=True,
              help="log-likelihood (of softmax outputs), cross-entropy or quadratic (of sigmoid outputs).")  # fmt: skip
@click.option("--activation", default="relu", show_default=True, help=f"Of the hidden layers: {ACTIVATIONS}.")
@click.option("--weights", help=f"Initial weights: {WEIGHTS}.  [default: he with relu and its kin, else scaled]")
@click.option("--epochs", type=int, default=30, show_default=True, help="Times through the training data.")
@click.option("--batch-size", type=int, default=10, show_default=True, help="Examples in one step.")
@click.option("--learning-rate", type=float, default=0.05, show_default=True, help="Eta, the length of a step.")
@click.option("--l2", type=float, default=0.0, show_default=True, help="Lambda, the strength of weight decay.")
@click.option("--seed", type=int, default=0, show_default=True, help="Decides every random choice.")
@click.option("--out", type=click.Path(path_type=Path), default=RUNS, show_default=True,
              help="Folder that holds the runs.")  # fmt: skip
@click.option("--name", help="The run's folder in it.  [default: the data's name and a number]")
@click.option("--quiet", is_flag=True, help="Print the result only.")
@as_json
@data_dir
def train(
    data: str, out: Path, name: str | None, quiet: bool, as_json: bool, data_dir: Path | None, **settings: Any
) -> None:
    """Train a network on DATA: digits (small, built in) or mnist.

    A new folder receives the settings, the metrics of every epoch, the model and a picture of the curves.
    Ctrl-C saves what is there.
    """
    with Interruption() as interruption:
        use_compilation_cache()
        from gradus.data import load
        from gradus.training import build_network, fit_in_stretches
        from gradus.training.progress import shown
        from gradus.training.run_folder import RunFolder

        dataset = load(data, data_dir)
        network = build_network(dataset, **{key: settings[key] for key in OF_NETWORK})
        records = fit_in_stretches(network, dataset, **{key: settings[key] for key in OF_TRAINING})
        # Only now, when all settings are known to be good, does something appear on the disk.
        folder = RunFolder.create(out, name, dataset.name)
        folder.write_settings({"data": dataset.name, "network": str(network.chain), **settings})
        if not (quiet or as_json):
            click.echo(network.summary() + "\n")
            records = shown(records, settings["epochs"])
        model, history = follow(records, network, dataset, folder, interruption, as_json)
        finish(model, history, dataset, folder, interruption, as_json)


def follow(
    records: "Iterable[Stretch | Epoch]", network: "Network", dataset: "Dataset", folder: "RunFolder",
    interruption: Interruption, as_json: bool,
) -> "tuple[Model, list[Epoch]]":  # fmt: skip
    """Train to the end or to Ctrl-C. Raises DivergedError, with the last good weights saved."""
    from gradus.training import Epoch, Model
    from gradus.training.run_folder import metrics

    history = []
    try:
        for record in records:
            network = record.network
            if isinstance(record, Epoch):
                history.append(record)
                folder.append_metrics(record)
                if as_json:
                    click.echo(json.dumps(metrics(record)))
            if interruption.requested:
                break
    except DivergedError as error:
        folder.save(Model(error.network, dataset.preprocessing, dataset.classes))
        text = f"{error}; the weights before that epoch are kept in {folder.model_path}"
        raise DivergedError(text, error.epoch, error.step, error.network) from None
    return Model(network, dataset.preprocessing, dataset.classes), history


def finish(
    model: "Model", history: "list[Epoch]", dataset: "Dataset", folder: "RunFolder",
    interruption: Interruption, as_json: bool,
) -> None:  # fmt: skip
    """Save the model and the curves, and say how good it is. Raises KeyboardInterrupt after Ctrl-C."""
    from gradus.report import draw_curves

    folder.save(model)
    if history:
        draw_curves(history, f"{dataset.name}: {model.network.chain}", folder.path / "curves.png")
    if interruption.requested:
        raise KeyboardInterrupt(f"the weights so far are kept in {folder.model_path}")
    test = model.evaluate(dataset.test)
    if as_json:
        result = {"run": str(folder.path), "test_cost": test.cost, "test_accuracy": test.accuracy}
        click.echo(json.dumps(result))
    else:
        click.echo(f"test  cost {test.cost:.4f}  accuracy {test.accuracy:.2%}")
        click.echo(f"saved {folder.path}    use it: gradus predict {folder.path} your-digit.png")
