"""Language models: characters in, at each the next character out (theory F3)."""

from gradus.language.evaluation import TextEvaluation, evaluate_text
from gradus.language.network import text_network
from gradus.language.sampling import sample
from gradus.language.training import SequenceTrainer, text_settings

__all__ = ["SequenceTrainer", "TextEvaluation", "evaluate_text", "sample", "text_network", "text_settings"]
