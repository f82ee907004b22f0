"""Recurrent layers: sequences read step by step, and backpropagation through time. Each layer registers itself."""

from importlib import import_module
from pkgutil import iter_modules

from gradus.recurrent.bidirectional import Bidirectional
from gradus.recurrent.gru import GRU, GRUParams
from gradus.recurrent.last_step import LastStep
from gradus.recurrent.lstm import LSTM, LSTMCarry
from gradus.recurrent.recurrent import Recurrent, RecurrentCache, RecurrentParams
from gradus.recurrent.rnn import RNN, Hidden

__all__ = [
    "GRU",
    "LSTM",
    "RNN",
    "Bidirectional",
    "GRUParams",
    "Hidden",
    "LSTMCarry",
    "LastStep",
    "Recurrent",
    "RecurrentCache",
    "RecurrentParams",
]

# As in layers/: a new file in this folder is found here.
for module in iter_modules(__path__):
    import_module(f"{__name__}.{module.name}")
