"""Training a language model: characters in, at each the next character out (theory F3).

The text lies in `batch_size` streams of equal length, each a part of the text in order, read side by side.
A step is a chunk of `time` characters of every stream. What the layers carry goes on from chunk to chunk
and is zero at the start of an epoch; the error goes back to the start of its chunk and no further.

    stream 1   | T h e   c a t | _ s a t   o n | _ a   m a t |
    stream 2   | . _ T h e   d | o g   b a r k | s   a t _ i |      time = 7, the last chunk is shorter
                   chunk 1         chunk 2         chunk 3
"""

from collections.abc import Sequence
from math import ceil
from typing import Any

import jax.numpy as jnp
import numpy as np

from gradus.data import Text
from gradus.errors import SettingError
from gradus.language.evaluation import PARTS, evaluate_text
from gradus.language.network import check_text_network
from gradus.models import Evaluation
from gradus.network import Network
from gradus.training.position import TrainingPosition
from gradus.training.settings import SECOND_ORDER, Settings, check_validation
from gradus.training.step import Batch, StepConfig, TrainState
from gradus.training.trainers import Trainer

__all__ = ["TEXT_SETTINGS", "SequenceTrainer", "suitable_batch_size", "text_settings"]

# Long gradients are cut, as those of recurrent networks can explode (theory G2).
TEXT_SETTINGS: dict[str, Any] = {
    "epochs": 10,
    "learning_rate": 0.003,
    "optimizer": "adam",
    "schedule": "linear",
    "clip_norm": 1.0,
}
LARGEST_BATCH = 32
CHUNKS = 64  # steps that an epoch should have at least: a short text gets fewer streams


class SequenceTrainer(Trainer):
    """Chunks of the streams of a text, in order. A chunk is as long as the network's inputs."""

    def __init__(self, network: Network, text: Text, settings: Settings):
        self.network, self.text, self.settings = network, text, settings
        self.batches = streams(text.training, settings.batch_size)
        (time,) = network.in_shape
        self.config = StepConfig(
            network.chain,
            network.cost,
            settings.transformation(),
            len(text.vocabulary),
            time,
            is_sequence=True,
            decoupled_weight_decay=settings.decoupled_weight_decay,
        )
        length = self.batches.x.shape[1]
        self.sizes = np.minimum(time, length - time * np.arange(ceil(length / time)))

    def data_arrays(self) -> Sequence[np.ndarray]:
        return (self.text.training,)

    def initial_state(self) -> TrainState:
        return super().initial_state()._replace(carry=self.initial_carry(self.network.params))

    def initial_carry(self, params: Any) -> Any:
        """What the layers carry at the start of the text."""
        return self.network.chain.initial_carry(params, len(self.batches.x))

    def begin_epoch(self, position: TrainingPosition) -> tuple[TrainState, Batch]:
        state = position.state
        if not position.step:
            state = state._replace(carry=self.initial_carry(state.params))
        return state, self.batches

    def evaluate(self, network: Network) -> Evaluation | None:
        return evaluate_text(network, self.text.validation, PARTS) if len(self.text.validation) else None


def text_settings(network: Network, text: Text, *, batch_size: int | None = None, **settings: Any) -> Settings:
    """The settings for a text, with the defaults of TEXT_SETTINGS for those that are not given.

    Args:
        batch_size: how many streams; by default at most 32, and fewer for a short text (`suitable_batch_size`).
            What is left over when the text is divided into them, fewer characters than there are streams, is not used.

    Raises:
        SettingError: for settings that do not fit the network or the text.
    """
    check_text_network(network, len(text.vocabulary))
    if settings.get("optimizer") in SECOND_ORDER:
        raise SettingError(f"optimizer {settings['optimizer']}: a text has too many steps for it; choose adam")
    if batch_size is None:
        batch_size = suitable_batch_size(text, network.in_shape[0])
    if not 1 <= batch_size < len(text.training):
        raise SettingError(f"batch size {batch_size}: expected 1 or more, and fewer than the text has characters")
    with_defaults = Settings(batch_size=batch_size, **(TEXT_SETTINGS | settings))
    check_validation(with_defaults, len(text.validation))
    return with_defaults


def suitable_batch_size(text: Text, n_time: int) -> int:
    """At most 32 streams, and no more than leave 64 chunks for each."""
    return max(1, min(LARGEST_BATCH, len(text.training) // (CHUNKS * n_time)))


def streams(characters: np.ndarray, batch_size: int) -> Batch:
    """The characters of a text and those that follow them, both (batch_size, length)."""
    length = (len(characters) - 1) // batch_size
    n = batch_size * length
    x, y = characters[:n], characters[1 : n + 1]
    return Batch(jnp.asarray(x.reshape(batch_size, length)), jnp.asarray(y.reshape(batch_size, length)))
