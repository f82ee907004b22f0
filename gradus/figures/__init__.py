"""Every figure of the theory: its experiment, its picture, and the texts that describe the outcome.

A figure is a module and a file of texts, texts/NAME.toml, which puts it into FIGURES; nothing else names it.
`measurement.FigureModule` says what the module offers.
"""

from typing import Any

import lazy_loader

__getattr__: Any  # names are imported when they are first used: most figures need JAX and Matplotlib
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
