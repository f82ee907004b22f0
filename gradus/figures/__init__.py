"""Every figure of the theory: an experiment run for real, its picture, and what it shows.

One module a figure, named as the figure is, with two functions: `measure(sources, ...)` runs the experiment and gives a
`Measured`, `draw(measured, labels)` makes the picture of it; where there is a third, `animate(measured, labels)`, it
gives a moving one as the bytes of a GIF. The texts, in all languages, are in texts/NAME.toml.
"""

__all__ = ["FIGURES", "LADDER"]

LADDER = "ladder"  # the one that takes hours

# In the order of the theory.
FIGURES = (
    "sigmoid",
    "softmax",
    "neuron",
    "backpropagation",
    "overfitting",
    "all-images",
    "dropout",
    "deformation",
    "training-size",
    "early-stopping",
    "symmetry",
    "initial-z",
    "initial-weights",
    "learning-rate",
    "search-lambda",
    "hessian",
    "parameters",
    "convolution",
    "pooling",
    "feature-maps",
    LADDER,
    "long-lag",
    "gates",
    "language-model",
    "initial-gradient",
    "gradient-norms",
    "exploding",
    "remedies",
    "dead-relu",
)
