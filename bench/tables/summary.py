"""The table of scores: `python -m bench.tables.summary RESULTS.jsonl ...`."""

import json
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

from bench.tables.sets import HELD_OUT, TUNING

MODELS = ("gradus", "linear", "tuned MLP", "boosting")


def main() -> None:
    """Print Markdown tables of those that every model was measured on: the means over the seeds."""
    scores: dict[tuple[str, str], list[float]] = defaultdict(list)
    for path in sys.argv[1:]:
        for line in Path(path).read_text().splitlines():
            found = json.loads(line)
            table, model, _ = found["key"]
            scores[table, model].append(found["score"])
    for title, tables in (("tuning", TUNING), ("held out", HELD_OUT)):
        print(f"| {title} | {' | '.join(MODELS)} | ahead of linear and MLP by |")
        print("|---" + "|--:" * (len(MODELS) + 1) + "|")
        rows = {table.name: [np.mean(scores[table.name, model]) for model in MODELS] for table in tables
                if all((table.name, model) in scores for model in MODELS)}  # fmt: skip
        for name, row in rows.items():
            print(f"| {name} | {' | '.join(f'{score:.4f}' for score in row)} | {row[0] - max(row[1:3]):+.4f} |")
        if rows:
            means = np.mean([*rows.values()], axis=0)
            print(f"| mean of {len(rows)} | {' | '.join(f'{mean:.4f}' for mean in means)} | |\n")


main()
