"""Language models: a character at every step, and a prediction of the next (theory F3)."""

from gradus.language.evaluation import VALIDATION_STREAMS, TextEvaluation, evaluate_text
from gradus.language.network import (
    DEFAULT_TEXT_LAYERS,
    DEFAULT_TIME,
    check_language_model,
    is_language_model,
    text_network,
)
from gradus.language.sampling import sample
from gradus.language.training import MAX_STREAMS, TEXT_SETTINGS, SequenceTrainer, text_settings

__all__ = [
    "DEFAULT_TEXT_LAYERS",
    "DEFAULT_TIME",
    "MAX_STREAMS",
    "TEXT_SETTINGS",
    "VALIDATION_STREAMS",
    "SequenceTrainer",
    "TextEvaluation",
    "check_language_model",
    "evaluate_text",
    "is_language_model",
    "sample",
    "text_network",
    "text_settings",
]
