"""python -m bench.second_order: passes over the data to a given training cost, on digits (theory D8).

Plain descent once as `gradus train` does it, in mini-batches of 10, and once on all examples at every step with the
best of several eta; the cost that each has after 200 passes is the goal for momentum, Newton-CG and L-BFGS.
"""

import time
from collections.abc import Iterator

import click

from gradus.data import Dataset, load
from gradus.models import evaluate
from gradus.runs import fit
from gradus.training import Epoch, build_network

PASSES, LAYERS = 200, ("64-30-10", "convolutional")
ETAS = (0.1, 0.3, 1.0, 3.0)


@click.command()
def main() -> None:
    """Print a table for each network."""
    data = load("digits")
    n = len(data.training.x)
    for layers in LAYERS:
        goals = {
            "mini-batches of 10, eta 0.05": cost_after(fit_on(data, layers, learning_rate=0.05, epochs=PASSES), data)
        }
        for eta in ETAS:
            records = fit_on(data, layers, learning_rate=eta, batch_size=n, epochs=PASSES)
            goals[f"all examples, eta {eta}"] = cost_after(records, data)
        mini, *whole = goals.items()
        click.echo(f"\n{data.name} {layers}: training cost of plain descent after {PASSES} passes")
        for name, cost in goals.items():
            click.echo(f"  {name:30} {cost:.5f}")
        for name, goal in (mini, min(whole, key=lambda item: item[1])):
            click.echo(f"passes to {goal:.5f}, the cost of {name}")
            for method, records in contenders(data, layers).items():
                click.echo(f"  {method:30} {reached(records, data, goal)}")


def contenders(data: Dataset, layers: str) -> dict[str, Iterator[Epoch]]:
    n = len(data.training.x)
    return {
        "newton-cg": fit_on(data, layers, optimizer="newton-cg", epochs=60),
        "lbfgs": fit_on(data, layers, optimizer="lbfgs", epochs=300),
        "momentum, all examples, eta 0.3": fit_on(
            data, layers, optimizer="momentum", learning_rate=0.3, batch_size=n, epochs=400
        ),
    }


def fit_on(data: Dataset, layers: str, **settings: object) -> Iterator[Epoch]:
    return fit(build_network(data, layers), data, **settings)


def cost_after(records: Iterator[Epoch], data: Dataset) -> float:
    *_, record = records
    return training_cost(record, data)


def training_cost(record: Epoch, data: Dataset) -> float:
    return evaluate(record.network, data.training, data.preprocessing).cost


def reached(records: Iterator[Epoch], data: Dataset, goal: float) -> str:
    """After how many passes and seconds the cost was no higher than the goal, or how low it came."""
    began, cost, passes = time.perf_counter(), float("inf"), 0.0
    for record in records:
        cost, passes = training_cost(record, data), record.passes or record.epoch
        if cost <= goal:
            return f"{passes:6.0f} passes, {record.epoch} steps, {time.perf_counter() - began:.1f} s with compilation"
    return f"not in {passes:.0f} passes: {cost:.5f}"


if __name__ == "__main__":
    main()
