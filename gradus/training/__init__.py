"""Training: step, loop, trainers and checkpoints (theory C2, D)."""

from gradus.training.build import DEFAULT_LAYERS, PRESETS, build_network
from gradus.training.checkpoint import load_checkpoint, save_checkpoint
from gradus.training.examples import training_arrays
from gradus.training.loop import train_epochs
from gradus.training.needs import TrainingNeeds
from gradus.training.position import TrainingPosition, best_network
from gradus.training.records import Epoch, LayerStatistics, Progress
from gradus.training.settings import Settings, check_fit, check_validation
from gradus.training.step import Batch, Hyperparameters, StepConfig, TrainState, run_steps, train_step
from gradus.training.trainer import Trainer, trace_step
from gradus.training.trainers import (
    ExampleTrainer,
    FullBatchTrainer,
    MiniBatchTrainer,
    batch_sizes,
    make_trainer,
    step_config,
)

__all__ = [
    "DEFAULT_LAYERS",
    "PRESETS",
    "Batch",
    "Epoch",
    "ExampleTrainer",
    "FullBatchTrainer",
    "Hyperparameters",
    "LayerStatistics",
    "MiniBatchTrainer",
    "Progress",
    "Settings",
    "StepConfig",
    "TrainState",
    "Trainer",
    "TrainingNeeds",
    "TrainingPosition",
    "batch_sizes",
    "best_network",
    "build_network",
    "check_fit",
    "check_validation",
    "load_checkpoint",
    "make_trainer",
    "run_steps",
    "save_checkpoint",
    "step_config",
    "trace_step",
    "train_epochs",
    "train_step",
    "training_arrays",
]
