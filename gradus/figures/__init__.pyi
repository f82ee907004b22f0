from .catalogue import FIGURES, LANGUAGES, FigureEntry
from .curves import draw_curves, draw_search
from .fonts import chinese_font
from .ladder_training import train_ladder
from .measurement import FigureModule, Measurement
from .page import write_page
from .record import FigureRecord
from .runner import run_figure
from .sources import Sources

__all__ = [
    "FIGURES",
    "LANGUAGES",
    "FigureEntry",
    "FigureModule",
    "FigureRecord",
    "Measurement",
    "Sources",
    "chinese_font",
    "draw_curves",
    "draw_search",
    "run_figure",
    "train_ladder",
    "write_page",
]
