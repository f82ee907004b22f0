"""Training a language model by truncated backpropagation through time (theory F3).

The text is divided into `batch_size` streams of equal length, which are read side by side. A step is a chunk of `time`
characters of every stream. The layers' carry (h and c of an LSTM) is passed from chunk to chunk and starts at zero in
every epoch; the error is propagated back to the start of its chunk and no further.

    stream 1   | T h e   c a t | _ s a t   o n | _ a   m a t |
    stream 2   | . _ T h e   d | o g   b a r k | s   a t _ i |      time = 7; the last chunk may be shorter
                   chunk 1         chunk 2         chunk 3
"""

from collections.abc import Iterator, Sequence
from math import ceil
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gradus.checks import is_whole
from gradus.data import Text
from gradus.errors import SettingError
from gradus.language.evaluation import VALIDATION_STREAMS, evaluate_text
from gradus.language.network import check_text_network
from gradus.models import Evaluation
from gradus.network import Network
from gradus.optimizers import SECOND_ORDER
from gradus.training import Batch, Settings, StepConfig, Trainer, TrainingPosition, TrainState, check_validation

__all__ = ["MAX_STREAMS", "TEXT_SETTINGS", "SequenceTrainer", "default_batch_size", "text_settings"]

# The gradient is clipped, as that of a recurrent network can explode (theory G2).
TEXT_SETTINGS: dict[str, Any] = {
    "epochs": 10,
    "learning_rate": 0.003,
    "optimizer": "adam",
    "schedule": "linear",
    "clip_norm": 1.0,
}
MAX_STREAMS = 32
MIN_CHUNKS = 64  # in an epoch: a short text has fewer streams


class SequenceTrainer(Trainer):
    """Chunks of a text's streams, in order; a chunk is as long as the network's inputs.

    Args:
        network: a language model.
        text: the text to learn from.
        settings: `batch_size` is the number of streams (`text_settings` chooses the defaults).
    """

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
            label_smoothing=settings.label_smoothing,
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
        """The layers' carry at the start of an epoch."""
        return self.network.chain.initial_carry(params, len(self.batches.x))

    def step_inputs(self) -> jax.ShapeDtypeStruct:
        return jax.ShapeDtypeStruct((len(self.batches.x), *self.network.in_shape), self.batches.x.dtype)

    def evaluated_at_once(self) -> int:
        return VALIDATION_STREAMS

    def begin_epoch(self, position: TrainingPosition) -> tuple[TrainState, Batch]:
        state = position.state
        if not position.step:
            state = state._replace(carry=self.initial_carry(state.params))
        return state, self.batches

    def validation_inputs(self) -> Iterator[jax.Array]:
        """Chunks of the validation text, each read with an empty memory."""
        (time,) = self.network.in_shape
        x = self.text.validation
        return (jnp.asarray(x[None, start : start + time]) for start in range(0, len(x), time))

    def evaluate(self, network: Network) -> Evaluation | None:
        return evaluate_text(network, self.text.validation, VALIDATION_STREAMS) if len(self.text.validation) else None


def text_settings(network: Network, text: Text, *, batch_size: int | None = None, **settings: Any) -> Settings:
    """Settings for a text: the given ones, and the defaults of TEXT_SETTINGS for all others.

    Args:
        batch_size: number of streams; by default 32, and fewer for a short text (`default_batch_size`). The remainder
            of the text, fewer characters than there are streams, is not used.
        settings: those of `Settings`, by name.

    Raises:
        SettingError: for settings that do not fit the network or the text.
    """
    check_text_network(network, len(text.vocabulary))
    if settings.get("optimizer") in SECOND_ORDER:
        raise SettingError(f"optimizer {settings['optimizer']} is for classes of examples; for a text, choose adam")
    if batch_size is None:
        batch_size = default_batch_size(text, network.in_shape[0])
    if not is_whole(batch_size, most=len(text.training) - 1):
        raise SettingError(
            f"batch size {batch_size}: expected a whole number of at least 1, and fewer than the text has characters"
        )
    with_defaults = Settings(batch_size=batch_size, **(TEXT_SETTINGS | settings))
    check_validation(with_defaults, len(text.validation))
    return with_defaults


def default_batch_size(text: Text, time: int) -> int:
    """The number of streams: at most MAX_STREAMS, and few enough for MIN_CHUNKS chunks of `time` characters."""
    return max(1, min(MAX_STREAMS, len(text.training) // (MIN_CHUNKS * time)))


def streams(characters: np.ndarray, batch_size: int) -> Batch:
    """The characters of a text and their successors, both (batch_size, length)."""
    length = (len(characters) - 1) // batch_size
    n = batch_size * length
    x, y = characters[:n], characters[1 : n + 1]
    return Batch(jnp.asarray(x.reshape(batch_size, length)), jnp.asarray(y.reshape(batch_size, length)))
