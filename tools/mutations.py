"""The small faults that ``tools/mutants.py`` plants: every one is the text of a file with one
expression or statement changed.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

BOUNDARY = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
OPPOSITE: dict[type, type] = {
    ast.Lt: ast.GtE,
    ast.LtE: ast.Gt,
    ast.Gt: ast.LtE,
    ast.GtE: ast.Lt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
SAME = (
    "strict",
    "encoding",
)  # keywords whose change shows only where something else is wrong already
HARMLESS = ("annotation", "returns", "decorator_list")  # fields whose change no test can see


@dataclass(frozen=True)
class Mutation:
    """The faulty text of a file, the number and the code of the changed line, where in that code
    the change begins, and the change in words.
    """

    line: int
    at: int
    code: str
    change: str
    text: str


def mutations(text: str) -> list[Mutation]:
    """All faults of a file that Python can read, in the order of the text."""
    raw, found = text.encode(), []
    starts = [0]
    for line in raw.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for node, other in _changes(ast.parse(text)):
        first, last = (
            starts[node.lineno - 1] + node.col_offset,
            starts[node.end_lineno - 1] + node.end_col_offset,
        )
        after = ast.unparse(other)
        put = f"({after})" if isinstance(other, ast.expr) else after
        changed = (raw[:first] + put.encode() + raw[last:]).decode()
        if _readable(changed):
            change = f"{_short(raw[first:last].decode())} -> {_short(after)}"
            line = text.splitlines()[node.lineno - 1]
            at = len(raw[starts[node.lineno - 1] : first].decode()) - len(line) + len(line.lstrip())
            found.append(Mutation(node.lineno, at, line.strip(), change, changed))
    return sorted(found, key=lambda one: (one.line, one.at, one.change))


def _changes(node: ast.AST) -> Iterator[tuple[Any, ast.AST]]:
    """Every node that can be changed, beside what it becomes; messages of errors and type hints are
    left alone.
    """
    if isinstance(node, ast.Raise | ast.Import | ast.ImportFrom | ast.JoinedStr):
        return
    if isinstance(node, ast.keyword) and node.arg in SAME:
        return
    if isinstance(node, ast.expr | ast.stmt):
        for other in _others(node):
            yield node, other
    for name, value in ast.iter_fields(node):
        if name not in HARMLESS:
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from _changes(child)


def _others(node: ast.expr | ast.stmt) -> Iterator[ast.AST]:
    match node:
        case ast.Compare(ops=[op]):
            yield from (
                _with(node, ops=[kinds[type(op)]()])
                for kinds in (BOUNDARY, OPPOSITE)
                if type(op) in kinds
            )
        case ast.BoolOp() | ast.BinOp() | ast.AugAssign() if type(node.op) in OPPOSITE:
            yield _with(node, op=OPPOSITE[type(node.op)]())
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield node.operand
        case ast.IfExp():
            yield from (node.body, node.orelse)
        case ast.Constant(value=bool()):
            yield ast.Constant(not node.value)
        case ast.Constant(value=int() | float()):
            yield from _numbers(node.value)
        case ast.Dict() | ast.List() | ast.Set():
            yield from _shorter(node)
        case ast.Call(keywords=keywords):
            yield from (
                _with(node, keywords=[k for k in keywords if k is not word])
                for word in keywords
                if word.arg not in (None, *SAME)
            )
        case ast.Return(value=ast.expr() as value) if not _is_none(value):
            yield ast.Return(ast.Constant(None))
        case ast.Expr(value=ast.Call()):
            yield ast.Pass()
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        yield node.left
    if isinstance(node, ast.AugAssign):
        yield ast.Pass()


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _numbers(value: float) -> Iterator[ast.Constant]:
    yield ast.Constant(value + 1 if isinstance(value, int) or not value else value * 2)
    if value:
        yield ast.Constant(type(value)(0))


def _shorter(node: ast.Dict | ast.List | ast.Set) -> Iterator[ast.AST]:
    """A display of two entries or more, without each of them in turn."""
    names = [name for name in ("keys", "values", "elts") if hasattr(node, name)]
    size = len(getattr(node, names[0]))
    for gone in range(size if size > 1 else 0):
        yield _with(
            node,
            **{
                name: [part for place, part in enumerate(getattr(node, name)) if place != gone]
                for name in names
            },
        )


def _with(node: ast.AST, **fields: Any) -> ast.AST:
    other = copy.copy(node)
    for name, value in fields.items():
        setattr(other, name, value)
    return other


def _readable(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def _short(text: str, width: int = 100) -> str:
    text = " ".join(text.split())
    return text if len(text) <= width else f"{text[: width - 20]} ... {text[-15:]}"
