"""Measure models on tables: `python -m bench.tables RESULTS.jsonl [--held-out] [--models NAME ...] [--seeds N]`.

Every score is written as it is found, and is not measured again, so that a run that was cut off goes on.
"""

import argparse
import json
import os
import time
import warnings
from pathlib import Path

from bench.tables.measure import score
from bench.tables.peers import PEERS
from bench.tables.sets import HELD_OUT, TUNING


def main() -> None:
    """Measure what is missing, table by table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path)
    parser.add_argument("--held-out", action="store_true")
    parser.add_argument("--models", nargs="+", default=[*PEERS])
    parser.add_argument("--tables", nargs="+")
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")  # of scikit-learn, about fits that have not converged
    os.environ["PYTHONWARNINGS"] = "ignore"
    tables = HELD_OUT if arguments.held_out else TUNING
    for seed in range(arguments.seeds):
        for table in tables:
            for name in arguments.models:
                if not arguments.tables or table.name in arguments.tables:
                    measure(arguments.results, table, name, seed)


def measure(path: Path, table, name: str, seed: int) -> None:
    """Add one score to the results, unless it is there."""
    key = [table.name, name, seed]
    lines = path.read_text().splitlines() if path.exists() else []
    if any(json.loads(line)["key"] == key for line in lines):
        return
    start = time.process_time()
    found = score(table.read(), table, PEERS[name], seed)
    with path.open("a") as file:
        file.write(json.dumps({"key": key, "score": found, "cpu_s": time.process_time() - start}) + "\n")


main()
