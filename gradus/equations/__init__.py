"""Activations, costs, penalties and initial weights: pure functions, as the book writes them."""
