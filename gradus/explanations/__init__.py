"""Layers and costs, explained: the equations of each, with their numbers, forwards and backwards.

An explanation is registered by the type of a layer or cost, from outside: layers know nothing of it.
"""

from importlib import import_module
from pkgutil import iter_modules

from gradus.explanations.costs import explain_cost
from gradus.explanations.layer import explain_chain, explain_layer, is_rearrangement
from gradus.explanations.scope import Draft, Scope, elementwise, output_symbols

__all__ = [
    "Draft",
    "Scope",
    "elementwise",
    "explain_chain",
    "explain_cost",
    "explain_layer",
    "is_rearrangement",
    "output_symbols",
]

# As in layers/: a new file in this folder is found here.
for module in iter_modules(__path__):
    import_module(f"{__name__}.{module.name}")
