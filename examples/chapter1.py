"""Chapter 1 on one page: a network of sigmoid neurons learns to read handwritten digits.

    python examples/chapter1.py             # 8x8 digits, in a second
    python examples/chapter1.py mnist       # 28x28 digits, as in the book, in half a minute

Layer l computes z^l = w^l a^(l-1) + b^l and a^l = f(z^l). Mini-batch gradient descent makes the quadratic cost
C = 1/(2n) sum_x |y - a^L|^2 small; backpropagation finds its gradient. Layers are numbered as in the book: a[0] is x,
a[L] the output. Every array has one example a row. Source: Nielsen, Neural Networks and Deep Learning, chapters 1, 2.
"""

import sys

import numpy as np

import gradus


def f(z):
    """The sigmoid."""
    return 1 / (1 + np.exp(-z))


def f_prime(z):
    return f(z) * (1 - f(z))


def initial_parameters(sizes, rng):
    """Weights w[l], (outputs, inputs), and biases b[l], (outputs,), of every layer, all drawn from N(0, 1)."""
    w = {l: rng.normal(size=(sizes[l], sizes[l - 1])) for l in range(1, len(sizes))}
    b = {l: rng.normal(size=sizes[l]) for l in w}
    return w, b


def forward(w, b, x):
    """Weighted inputs z[1] ... z[L] and activations a[0] ... a[L]."""
    z, a = {}, {0: x}
    for l in w:
        z[l] = a[l - 1] @ w[l].T + b[l]
        a[l] = f(z[l])
    return z, a


def backprop(w, b, x, y):
    """The gradient of every layer, a sum over the examples: sum_x dC_x/dw[l] and sum_x dC_x/db[l]."""
    z, a = forward(w, b, x)
    L = len(w)
    delta = {L: (a[L] - y) * f_prime(z[L])}  # BP1
    for l in range(L - 1, 0, -1):
        delta[l] = (delta[l + 1] @ w[l + 1]) * f_prime(z[l])  # BP2
    db = {l: delta[l].sum(axis=0) for l in delta}  # BP3
    dw = {l: delta[l].T @ a[l - 1] for l in delta}  # BP4
    return dw, db


def train_epoch(w, b, x, y, order, m, eta):
    """One step of gradient descent for every m examples, in the given order."""
    for start in range(0, len(x), m):
        batch = order[start : start + m]
        dw, db = backprop(w, b, x[batch], y[batch])
        for l in w:
            w[l] = w[l] - eta / m * dw[l]  # w <- w - eta/m sum_x dC_x/dw
            b[l] = b[l] - eta / m * db[l]


def accuracy(w, b, x, labels):
    """The share of examples whose largest output is the right digit's."""
    _, a = forward(w, b, x)
    return np.mean(np.argmax(a[len(w)], axis=1) == labels)


if __name__ == "__main__":
    data = gradus.load(sys.argv[1] if len(sys.argv) > 1 else "digits")
    examples = data.training, data.validation, data.test
    x, x_validation, x_test = (part.x.reshape(len(part.x), -1) / data.preprocessing.divide_by for part in examples)
    y, rng = np.eye(10)[data.training.y], np.random.default_rng(0)
    w, b = initial_parameters([x.shape[1], 30, 10], rng)
    for epoch in range(1, 31):
        train_epoch(w, b, x, y, rng.permutation(len(x)), m=10, eta=3.0)
        print(f"epoch {epoch}: {accuracy(w, b, x_validation, data.validation.y):.2%} of the validation images right")
    print(f"test: {accuracy(w, b, x_test, data.test.y):.2%} of the test images right")
