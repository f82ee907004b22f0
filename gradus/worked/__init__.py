"""One training step of any small network on a page, with every number and its arithmetic (theory C3)."""

from gradus.worked.example import Example, draw_example
from gradus.worked.step import Update, WorkedStep, worked_step

__all__ = ["Example", "Update", "WorkedStep", "draw_example", "worked_step"]
