"""How expressions are printed in MathML, which browsers show without any script."""

from html import escape
from typing import ClassVar

from gradus.worksheets.expression import Expression, Quotient, Sum, Symbol
from gradus.worksheets.notation import ATOM, PRODUCT, Notation

__all__ = ["MathmlNotation"]


class MathmlNotation(Notation):
    """MathML. A long sum is several pieces of it, so that a browser can break the line between them."""

    functions: ClassVar[dict[str, str]] = {"sigma": "σ", "Phi": "Φ", "phi": "φ"}

    def print_side(self, expression: Expression) -> str:
        match expression:
            case Sum(terms):
                pieces = self.pieces(terms)
            case Quotient(Sum(terms) as numerator, denominator) if not self.is_stacked(numerator):
                pieces = self.pieces(terms)
                pieces[0] = f"<mo>(</mo>{pieces[0]}"
                pieces[-1] = self.quotient(f"{pieces[-1]}<mo>)</mo>", self.print(denominator, ATOM))
            case _:
                pieces = [self.print(expression)]
        return "</math> <math>".join(pieces)

    def pieces(self, terms: tuple[tuple[int, Expression], ...]) -> list[str]:
        """The terms of a sum with their signs."""
        (first_sign, first), *others = [(sign, self.print(term, PRODUCT)) for sign, term in terms]
        return [self.sum([(first_sign, first)]), *(signed(*term) for term in others)]

    def symbol(self, symbol: Symbol) -> str:
        letter = f"<mi>{symbol.letter}</mi>"
        layer, index = f"<mn>{symbol.layer}</mn>", f"<mtext>{symbol.index}</mtext>"
        if symbol.layer and symbol.index:
            text = f"<msubsup>{letter}{index}{layer}</msubsup>"
        elif symbol.layer:
            text = f"<msup>{letter}{layer}</msup>"
        else:
            text = f"<msub>{letter}{index}</msub>" if symbol.index else letter
        text += f"<mo>(</mo>{'<mo>,</mo>'.join(f'<mn>{p}</mn>' for p in symbol.at)}<mo>)</mo>" if symbol.at else ""
        text += f"<mo>[</mo><mn>{symbol.example}</mn><mo>]</mo>" if symbol.example else ""
        if symbol.role == "error":
            return f"<mfrac><mrow><mo>∂</mo><mi>C</mi></mrow><mrow><mo>∂</mo>{text}</mrow></mfrac>"
        return f"<mrow><mi>f</mi><mo>′</mo><mo>(</mo>{text}<mo>)</mo></mrow>" if symbol.role else f"<mrow>{text}</mrow>"

    def number(self, text: str) -> str:
        return f"<mn>−{text[1:]}</mn>" if text.startswith("-") else f"<mn>{text}</mn>"

    def blank(self) -> str:
        return "<mtext>_____</mtext>"

    def group(self, text: str) -> str:
        return f"<mrow><mo>(</mo>{text}<mo>)</mo></mrow>"

    def sum(self, terms: list[tuple[int, str]]) -> str:
        (first_sign, first), *others = terms
        start = first if first_sign > 0 else f'<mo form="prefix">−</mo>{first}'
        return "".join([start, *(signed(*term) for term in others)])

    def product(self, factors: list[str], is_plain: bool) -> str:
        return ("<mo>·</mo>" if self.is_filled else '<mspace width="0.2em"/>').join(factors)

    def quotient(self, numerator: str, denominator: str) -> str:
        return f"{numerator}<mo>/</mo>{denominator}"

    def fraction(self, numerator: str, denominator: str) -> str:
        return f"<mfrac><mrow>{numerator}</mrow><mrow>{denominator}</mrow></mfrac>"

    def power(self, base: str, exponent: int) -> str:
        return f"<msup><mrow>{base}</mrow><mn>{exponent}</mn></msup>"

    def call(self, name: str, arguments: list[str]) -> str:
        inside = "<mo>,</mo>".join(f"<mrow>{argument}</mrow>" for argument in arguments)
        if name == "exp":
            return f"<msup><mi>e</mi>{inside}</msup>"
        if name == "sqrt":
            return f"<msqrt>{inside}</msqrt>"
        return f"<mrow><mi>{escape(self.functions.get(name, name))}</mi><mo>(</mo>{inside}<mo>)</mo></mrow>"

    def bracket(self, left: str, right: str) -> str:
        return f"<mrow><mo>[</mo>{left}<mo>&gt;</mo>{right}<mo>]</mo></mrow>"


def signed(sign: int, term: str) -> str:
    """A later term of a sum."""
    return f'<mo form="infix">{"+" if sign > 0 else "−"}</mo>{term}'
