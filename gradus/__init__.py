"""Gradus: the theory of deep learning made executable.

>>> import gradus
>>> model, history = gradus.train(gradus.load("digits"), "64-30-10")
>>> model.predict(images)

The public names are listed in __init__.pyi, for people, editors and type checkers. Each is imported when it is first
used, so that `import gradus` and `gradus --help` load no JAX.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
