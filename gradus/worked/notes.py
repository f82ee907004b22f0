"""The paragraphs at the head of a worked step: how to read it."""

from math import ceil

from gradus.worksheets import SCALE, Page

__all__ = ["notes"]

TIE = "Where the fifth decimal is a 5 and nothing follows it, both neighbours are right."


def notes(page: Page, settings: str) -> tuple[list[str], list[str]]:
    """Those of the worked step, and those of the exercise.

    Args:
        settings: of the network, in sentences.
    """
    names = f"Names: {'; '.join(name_rules(page))}."
    largest = max((abs(row.result.shown - row.result.exact) for row in page.equations()), default=0.0)
    bound = ceil(largest * SCALE) / SCALE
    rounding = (
        f"Each result is rounded to four decimals, and the rounded number is used from then on. {TIE} "
        f"Without any rounding, no number would differ by more than {bound:.4f}."
    )
    task = (
        "Fill in the blanks from top to bottom. Round each result to four decimals, and use the rounded number from "
        f"then on. {TIE}"
    )
    return [settings, names, rounding], [settings, names, task]


def name_rules(page: Page) -> list[str]:
    """How the numbers of a page are named."""
    symbols = [row.result.symbol for row in page.equations()]
    rules = [
        "superscripts number the layers, and a power has brackets, `(z¹)²`",
        "`a⁰` is the input",
        "`y` is the desired output",
        "`η` is the learning rate",
    ]
    if any(len(symbol.at) == 2 for symbol in symbols):
        rules.append("`a(2,1)` is the pixel in row 2 and column 1")
    if any(len(symbol.at) == 1 for symbol in symbols):
        rules.append("`h_1(2)` is unit 1 at time step 2")
    if any(symbol.example for symbol in symbols):
        rules.append("`a_1[2]` is unit 1 in example 2 of the mini-batch")
    return rules
