"""The mutations of a Python file: small changes of its syntax tree, each of which a test should notice."""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Mutant", "mutants_of"]

OPERATORS: dict[type, type] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
FUNCTIONS = {
    "min": "max", "max": "min", "minimum": "maximum", "maximum": "minimum", "sum": "mean", "mean": "sum",
    "zeros": "ones", "ones": "zeros", "zeros_like": "ones_like", "ones_like": "zeros_like", "all": "any", "any": "all",
    "floor": "ceil", "ceil": "floor", "argmax": "argmin", "tanh": "sin", "forward": "infer",
}  # fmt: skip
# Not mutated: what does not run, only words a message, or holds for every right program (the strict of a zip, types).
SKIPPED = (ast.Import, ast.ImportFrom, ast.JoinedStr, ast.Raise)


@dataclass(frozen=True)
class Mutant:
    """One changed file.

    source: the whole file after the change.  change: the code before and after, on a line.
    """

    path: Path
    line: int
    change: str
    source: str


def mutants_of(path: Path, text: str) -> list[Mutant]:
    """All mutants of a file, in the order of its lines."""
    tree = ast.parse(text)
    found = []
    for node, field, index in places(tree):
        old = child(node, field, index)
        for new in alternatives(old):
            changed = replace(tree, node, field, index, new)
            before, after = (" ".join(ast.unparse(one).split()) for one in (old, new))
            found.append(Mutant(path, old.lineno, f"{before} -> {after}", ast.unparse(changed)))
    return found


def alternatives(node: ast.AST) -> Iterator[ast.AST]:
    """What a node could be mistaken for."""
    match node:
        case ast.BinOp() | ast.AugAssign() if type(node.op) in OPERATORS:
            yield with_fields(node, op=OPERATORS[type(node.op)]())
        case ast.BoolOp():
            yield with_fields(node, op=OPERATORS[type(node.op)]())
        case ast.Compare():
            yield with_fields(node, ops=[OPERATORS[type(op)]() for op in node.ops])
        case ast.UnaryOp(op=ast.USub() | ast.Not() | ast.Invert()):
            yield node.operand
        case ast.IfExp():
            yield with_fields(node, body=node.orelse, orelse=node.body)
        case ast.If() if not is_type_checking(node.test):
            yield with_fields(node, test=ast.Constant(False))
            if not isinstance(node.body[0], ast.Raise):
                yield with_fields(node, test=ast.Constant(True))
        case ast.Constant(value=bool()):
            yield ast.Constant(not node.value)
        case ast.Constant(value=int()):
            yield ast.Constant(node.value + 1)
        case ast.Constant(value=float()):
            yield ast.Constant(2 * node.value or 1.0)
        case ast.Name(id=name) if name in FUNCTIONS:
            yield with_fields(node, id=FUNCTIONS[name])
        case ast.Attribute(attr=name) if name in FUNCTIONS:
            yield with_fields(node, attr=FUNCTIONS[name])
        case ast.Call(keywords=[_, *_]):
            for left_out in node.keywords:
                if left_out.arg != "strict":
                    yield with_fields(node, keywords=[keyword for keyword in node.keywords if keyword is not left_out])
        case ast.Expr(value=ast.Call()):  # a call for its effect, such as a check
            yield ast.Pass()


def places(node: ast.AST) -> Iterator[tuple[ast.AST, str, int | None]]:
    """Every node of the tree that runs, by its parent, the parent's field and its place there."""
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list", "bases", "type_params"):
            continue
        for index, one in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(one, ast.AST) or isinstance(one, SKIPPED) or is_all(one) or is_never_wrong(one):
                continue
            if hasattr(one, "lineno"):
                yield node, field, index
            yield from places(one)


def is_type_checking(test: ast.expr) -> bool:
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"


def is_all(node: ast.AST) -> bool:
    """True for `__all__ = [...]`."""
    return isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "__all__"


def is_never_wrong(node: ast.AST) -> bool:
    """True for `strict=True` and `TypeVar(...)`."""
    if isinstance(node, ast.keyword):
        return node.arg == "strict"
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "TypeVar"


def child(node: ast.AST, field: str, index: int | None) -> ast.AST:
    value = getattr(node, field)
    return value if index is None else value[index]


def with_fields(node: ast.AST, **fields: object) -> ast.AST:
    """A shallow copy with other fields."""
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def replace(tree: ast.Module, node: ast.AST, field: str, index: int | None, new: ast.AST) -> ast.Module:
    """A copy of the tree in which the child of `node` is `new`."""

    def copied(one: ast.AST) -> ast.AST:
        fields = {}
        for name, value in ast.iter_fields(one):
            if isinstance(value, list):
                fields[name] = [
                    new if one is node and (name, n) == (field, index) else copied(v) if isinstance(v, ast.AST) else v
                    for n, v in enumerate(value)
                ]
            elif isinstance(value, ast.AST):
                fields[name] = new if one is node and (name, None) == (field, index) else copied(value)
        return with_fields(one, **fields)

    changed = copied(tree)
    assert isinstance(changed, ast.Module)
    return ast.fix_missing_locations(changed)
