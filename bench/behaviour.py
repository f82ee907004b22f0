"""Six small runs and a fingerprint of each, to show that a change of the code changed no result.

    python -m bench.behaviour                      # print the SHA-256 of the tensors of each run's model
    python -m bench.behaviour --keep FOLDER        # and keep the run folders
    python -m bench.behaviour --compare FOLDER     # and say how far the tensors are from those kept there

The same bits need the same machine, thread count and jaxlib, so compare two commits on one machine.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

LINE = "The quick brown fox jumps over the lazy dog; a wizard's job is to vex chumps quickly in fog.\n"
CONVOLUTIONAL = "conv8-3x3-same batchnorm relu maxpool2 dropout0.8 dense30 relu dense10"
RUNS = {
    "mlp": ["digits", "--layers", "64-30-10", "--epochs", "3", "--l2", "0.1"],
    "convolutional": ["digits", "--layers", CONVOLUTIONAL, "--epochs", "2", "--optimizer", "momentum",
                      "--learning-rate", "0.01"],
    "text": ["fox.txt", "--layers", "lstm32 dropout0.8", "--epochs", "2", "--time", "16", "--batch-size", "4"],
    "newton-cg": ["digits", "--layers", "hidden30", "--optimizer", "newton-cg", "--epochs", "3"],
    "augmentation": ["digits", "--layers", "hidden30", "--augment", "rotate10 shift1", "--epochs", "2"],
    "weighted-classes": ["digits", "--layers", "hidden30", "--class-weights", "balanced", "--batch-size", "7",
                         "--optimizer", "adam", "--learning-rate", "0.003", "--epochs", "2"],
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--compare", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "fox.txt").write_text(LINE * 60)
        for name, options in RUNS.items():
            tensors = train(home, name, options)
            print(f"{name:<18}{fingerprint(tensors)}{distance(tensors, name, arguments.compare)}", flush=True)
        if arguments.keep:
            shutil.copytree(home / "runs", arguments.keep, dirs_exist_ok=True)


def train(home: Path, name: str, options: list[str]) -> dict[str, np.ndarray]:
    """Train one run through the command line, and read its model's tensors."""
    root = str(Path(__file__).parents[1])
    variables = os.environ | {"PYTHONPATH": root, "XDG_CACHE_HOME": str(home / "cache")}
    program = [sys.executable, "-c", "from gradus.cli import main; main()"]
    command = [*program, "train", *options, "--seed", "1", "--quiet", "--name", name]
    subprocess.run(command, cwd=home, env=variables, check=True, stdout=subprocess.DEVNULL)
    return load_file(home / "runs" / name / "model.safetensors")


def fingerprint(tensors: dict[str, np.ndarray]) -> str:
    """The SHA-256 of all tensors with their names, types and shapes."""
    sha = hashlib.sha256()
    for name in sorted(tensors):
        sha.update(f"{name} {tensors[name].dtype.str} {tensors[name].shape}".encode())
        sha.update(np.ascontiguousarray(tensors[name]).tobytes())
    return sha.hexdigest()


def distance(tensors: dict[str, np.ndarray], name: str, kept: Path | None) -> str:
    """The largest difference of any number from the kept run's."""
    if kept is None:
        return ""
    other = load_file(kept / name / "model.safetensors")
    if other.keys() != tensors.keys():
        return "  other tensors"
    return f"  {max(float(np.abs(tensors[key] - other[key]).max(initial=0)) for key in tensors):.2g}"


if __name__ == "__main__":
    main()
