"""What augmentation adds to a step of two small convolutional networks, at batch 128 on MNIST.

All contenders are Gradus, with the same network and other lines; the first has none. Plain descent, softmax
outputs, log-likelihood cost.
"""

from bench.data import mnist
from bench.timing import Contender, Task

__all__ = ["tasks"]

# The network, and its products for one image: places x weights, by layer.
NETWORKS = {
    "conv16-3x3-same maxpool2 conv32-3x3-same maxpool2 dense100 dense10":
        [28 * 28 * 9 * 16, 14 * 14 * 9 * 16 * 32, 1568 * 100, 100 * 10],
    "conv20-5x5 maxpool2 conv40-5x5 maxpool2 dense100 dense10":
        [24 * 24 * 25 * 20, 8 * 8 * 25 * 20 * 40, 640 * 100, 100 * 10],
}  # fmt: skip
BATCH, STEPS, ETA = 128, 25, 0.05


def tasks(data_dir: str | None, steps: int | None) -> list[Task]:
    """Each network, in epochs of so many steps."""
    n, found = steps or STEPS, []
    for line, products in NETWORKS.items():
        title = f"augmentation, {line}, batch {BATCH}, {n * BATCH:,} MNIST images an epoch"
        work = BATCH * (3 * sum(products) - products[0])  # forward, for the weights, and for all errors but the input's
        arguments = (data_dir, n * BATCH, line)
        name = f"augmentation, {line.split()[0]}"
        found.append(Task(name, title, CONTENDERS, arguments, n, work, "accuracy {:.2%}"))
    return found


class Plain:
    """The public fit path with a line of augmentation, here none."""

    augmentation: str | None = None

    def __init__(self, data_dir: str | None, images: int, layers: str) -> None:
        from gradus.runs import fit_steps
        from gradus.training import build_network

        self.data = mnist(data_dir, images)
        network = build_network(self.data, layers)
        self.records = fit_steps(
            network, self.data, epochs=10**6, batch_size=BATCH, learning_rate=ETA, augmentation=self.augmentation
        )

    def epoch(self) -> None:
        from gradus.training import Epoch

        self.network = next(record for record in self.records if isinstance(record, Epoch)).network

    def score(self) -> float:
        from gradus.models import evaluate

        return evaluate(self.network, self.data.test, self.data.preprocessing).accuracy


class Rotated(Plain):
    augmentation = "rotate10"


class Bent(Plain):
    augmentation = "elastic1.4"


class Noisy(Plain):
    augmentation = "noise0.05"


class Cut(Plain):
    augmentation = "cutout6"


class Moved(Plain):
    augmentation = "rotate10 shift2 scale0.1 elastic1.4 flip"


class Everything(Plain):
    augmentation = "rotate10 shift2 scale0.1 elastic1.4 flip noise0.05 cutout6"


CONTENDERS = (
    Contender("Gradus", "bench.augmentation:Plain", "gradus"),
    *(
        Contender(str(kind.augmentation), f"bench.augmentation:{kind.__name__}", "gradus")
        for kind in (Rotated, Bent, Noisy, Cut, Moved, Everything)
    ),
)
