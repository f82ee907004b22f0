"""Layers: each says how numbers go forward and how errors come back."""

from gradus.layers.activation import Activation, Softmax
from gradus.layers.dense import Dense
from gradus.layers.flatten import Flatten
from gradus.layers.layer import Derived, Layer

__all__ = ["LAYERS", "Activation", "Dense", "Derived", "Flatten", "Layer", "Softmax"]

# Every layer that ships: what a model file may name, and what the tests must cover.
LAYERS = (Activation, Dense, Flatten, Softmax)
