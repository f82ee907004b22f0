"""One training on disk: its folder, its progress, its layer statistics, and training in one call."""

from gradus.runs.fitting import Trained, fit, fit_steps, train
from gradus.runs.folder import Metrics, RunFolder, epoch_metrics, folder_name
from gradus.runs.jobs import IMAGE_DEFAULTS, TEXT_DEFAULTS, resolve
from gradus.runs.layer_statistics import FLAT, layer_statistics
from gradus.runs.measuring import evaluation_examples
from gradus.runs.probe import Probe, examples_probe, text_probe, with_layer_statistics
from gradus.runs.progress import with_progress_bar
from gradus.runs.run import Run, resume_run, start_run
from gradus.runs.tensorboard import check_tensorboard, with_tensorboard

__all__ = [
    "FLAT",
    "IMAGE_DEFAULTS",
    "TEXT_DEFAULTS",
    "Metrics",
    "Probe",
    "Run",
    "RunFolder",
    "Trained",
    "check_tensorboard",
    "epoch_metrics",
    "evaluation_examples",
    "examples_probe",
    "fit",
    "fit_steps",
    "folder_name",
    "layer_statistics",
    "resolve",
    "resume_run",
    "start_run",
    "text_probe",
    "train",
    "with_layer_statistics",
    "with_progress_bar",
    "with_tensorboard",
]
