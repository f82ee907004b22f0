"""The table of scores: `python -m bench.tables.summary RESULTS.jsonl ...`."""

import json
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

from bench.tables.sets import HELD_OUT, TUNING

MODELS = ("gradus", "linear", "tuned MLP", "boosting")


def main() -> None:
    """Print Markdown tables: the means over the seeds that every model was measured with."""
    scores: dict[tuple[str, int], dict[str, float]] = defaultdict(dict)
    for path in sys.argv[1:]:
        for line in Path(path).read_text().splitlines():
            found = json.loads(line)
            table, model, seed = found["key"]
            scores[table, seed][model] = found["score"]
    complete = {key: [found[model] for model in MODELS] for key, found in scores.items() if set(MODELS) <= set(found)}
    for title, tables in (("tuning", TUNING), ("held out", HELD_OUT)):
        print(f"| {title} | seeds | {' | '.join(MODELS)} | ahead of linear and MLP by |")
        print("|---" + "|--:" * (len(MODELS) + 2) + "|")
        found = {table.name: [row for (name, _), row in complete.items() if name == table.name] for table in tables}
        means = {name: np.mean(rows, axis=0) for name, rows in found.items() if rows}
        for name, row in means.items():
            numbers = " | ".join(f"{score:.4f}" for score in row)
            print(f"| {name} | {len(found[name])} | {numbers} | {row[0] - max(row[1:3]):+.4f} |")
        if means:
            mean = np.mean([*means.values()], axis=0)
            print(f"| mean of {len(means)} | | {' | '.join(f'{score:.4f}' for score in mean)} | |\n")


main()
