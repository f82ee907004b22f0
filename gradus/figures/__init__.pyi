from .catalogue import FIGURES, LANGUAGES, FigureEntry
from .curves import draw_curves, draw_search
from .fonts import chinese_font
from .ladder_training import train_ladder
from .measurement import FigureModule, Measurement
from .page import write_page
from .record import FigureRecord
from .runner import run_figure
from .sources import Sources
from .worked_step import Stage, WorkedStep, explain_step

__all__ = [
    "FIGURES",
    "LANGUAGES",
    "FigureEntry",
    "FigureModule",
    "FigureRecord",
    "Measurement",
    "Sources",
    "Stage",
    "WorkedStep",
    "chinese_font",
    "draw_curves",
    "draw_search",
    "explain_step",
    "run_figure",
    "train_ladder",
    "write_page",
]
