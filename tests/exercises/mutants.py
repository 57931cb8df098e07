"""Systematic small changes of a function's source: one changed operator, number, name or line."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

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
    """Yield what was changed, as ``line: old → new`` without indentation, and the new source."""
    tree = ast.parse(source)
    places = [node for node in ast.walk(tree) if not isinstance(node, ast.arguments)]
    annotations = _annotations(tree)
    for number, node in enumerate(places):
        if id(node) in annotations:
            continue
        for change in range(len(list(_changes(node)))):
            mutant = copy.deepcopy(tree)
            target = [n for n in ast.walk(mutant) if not isinstance(n, ast.arguments)][number]
            statement = _statement(mutant, target)
            old = ast.unparse(statement).splitlines()[0]
            replacement = list(_changes(target))[change]
            new_tree = _Replace(target, replacement).visit(mutant)
            ast.fix_missing_locations(new_tree)
            new = ast.unparse(replacement if statement is target else statement).splitlines()[0]
            yield f"{old} → {new}", ast.unparse(new_tree)


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


def _annotations(tree: ast.AST) -> set[int]:
    """Return the nodes that say nothing but types."""
    notes = [node.annotation for node in ast.walk(tree) if isinstance(node, ast.arg)]
    notes += [node.returns for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return {id(inner) for note in notes if note for inner in ast.walk(note)}


def _statement(tree: ast.AST, target: ast.AST) -> ast.AST:
    """Return the innermost statement that a node is part of."""
    found = tree
    for node in ast.walk(tree):  # from the outside inwards
        if isinstance(node, ast.stmt) and any(inner is target for inner in ast.walk(node)):
            found = node
    return found


class _Replace(ast.NodeTransformer):
    def __init__(self, target: ast.AST, replacement: ast.AST) -> None:
        self.target, self.replacement = target, replacement

    def visit(self, node: ast.AST) -> ast.AST:
        if node is self.target:
            return self.replacement
        visited: ast.AST = self.generic_visit(node)
        return visited
