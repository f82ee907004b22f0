"""Every figure of the theory: an experiment that is run for it, its picture, and the texts that say what it shows.

A figure is a module and a file of texts, texts/NAME.toml, which puts it into FIGURES; nothing else names it.
`measurement.FigureModule` says what the module offers.
"""

from typing import Any

import lazy_loader

__getattr__: Any  # names are imported when they are first used: most figures need JAX and Matplotlib
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
