"""Systematic small changes of a function's source: one changed operator, number, name or line."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

BINARY: dict[type[ast.operator], list[type[ast.operator]]] = {
    ast.Add: [ast.Sub],
    ast.Sub: [ast.Add],
    ast.Mult: [ast.Add],
    ast.Div: [ast.Mult, ast.FloorDiv],
    ast.FloorDiv: [ast.Mult],
}
COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
AXES = [
    *("y x", "i j", "H W", "OH OW", "FH FW", "sy sx", "py px", "dy dx", "fy fx", "N C", "K D"),
    *("height width", "row column", "n k", "c k", "k s", "p d", "ka sa", "pa da", "inside counted"),
    *("size jump", "size padding", "stride dilation"),
]
OTHER = {a: b for pair in AXES for a, b in (pair.split(), pair.split()[::-1])}


def mutants(source: str) -> Iterator[tuple[str, str]]:
    """Yield what was changed, as ``old line → new line``, and the new source."""
    tree = ast.parse(source)
    for statement, parent, field, place, node in list(_places(tree, tree)):
        old = _first_line(statement)
        for change in _changes(node):
            _put(parent, field, place, change)
            yield f"{old} → {_first_line(change if node is statement else statement)}", _text(tree)
            _put(parent, field, place, node)


def _places(statement: ast.AST, parent: ast.AST) -> Iterator[tuple[Any, ast.AST, str, Any, Any]]:
    """Yield each node with its statement, its parent, and its field and index there."""
    for field, value in ast.iter_fields(parent):
        if field in ("annotation", "returns"):  # say nothing but types
            continue
        for place, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(node, ast.AST):
                inside = node if isinstance(node, ast.stmt) else statement
                yield inside, parent, field, place, node
                yield from _places(inside, node)


def _put(parent: ast.AST, field: str, place: Any, node: ast.AST) -> None:
    if place is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[place] = node


def _text(tree: ast.AST) -> str:
    return ast.unparse(ast.fix_missing_locations(tree))


def _first_line(node: ast.AST) -> str:
    return _text(node).splitlines()[0]


def _changes(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.BinOp):
        for operator in BINARY.get(type(node.op), []):
            yield ast.BinOp(node.left, operator(), node.right)
        yield node.left
        yield node.right
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.And() if isinstance(node.op, ast.Or) else ast.Or(), node.values)
        yield from node.values
    elif isinstance(node, ast.Compare):
        for place, comparison in enumerate(node.ops):
            other = COMPARED.get(type(comparison))
            if other:
                comparisons = [*node.ops[:place], other(), *node.ops[place + 1 :]]
                yield ast.Compare(node.left, comparisons, node.comparators)
    elif isinstance(node, ast.UnaryOp):
        yield node.operand
        if ast.unparse(node) == "-np.inf":
            yield ast.UnaryOp(node.op, ast.Constant(100))
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        yield ast.Constant(node.value + 1)
        yield ast.Constant(node.value - 1)
    elif isinstance(node, ast.Name) and node.id in OTHER and isinstance(node.ctx, ast.Load):
        yield ast.Name(OTHER[node.id], node.ctx)
    elif isinstance(node, ast.IfExp):
        yield node.body
        yield node.orelse
    elif isinstance(node, ast.AugAssign):
        yield ast.Assign([node.target], node.value)
        for operator in BINARY.get(type(node.op), []):
            yield ast.AugAssign(node.target, operator(), node.value)
        yield ast.Pass()
    elif isinstance(node, ast.Raise | ast.Continue):
        yield ast.Pass()
    elif isinstance(node, ast.If):
        yield ast.If(ast.Constant(True), node.body, node.orelse)
        yield ast.If(ast.Constant(False), node.body, node.orelse)
