from .catalogue import FIGURES, LANGUAGES, FigureEntry
from .curves import draw_curves, draw_search
from .fonts import chinese_font
from .ladder_training import train_ladder
from .measurement import FigureModule, Measurement
from .page import write_page
from .record import FigureRecord
from .runner import run_figure
from .sources import Sources
from .style import LINE_STYLES, label_axes, png, subplots, svg, tile

__all__ = [
    "FIGURES",
    "LANGUAGES",
    "LINE_STYLES",
    "FigureEntry",
    "FigureModule",
    "FigureRecord",
    "Measurement",
    "Sources",
    "chinese_font",
    "draw_curves",
    "draw_search",
    "label_axes",
    "png",
    "run_figure",
    "subplots",
    "svg",
    "tile",
    "train_ladder",
    "write_page",
]
