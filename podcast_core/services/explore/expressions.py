"""Small expressions over columns: parsed into a tree of which few kinds of nodes are known. Nothing is executed.

``duration > 0.1 and 2000 <= low_hz and (hour < 6 or hour >= 20) and prediction == "whistle"``
``contains("reef") and not label in ["noise", "rain"] and neighbours("call") >= 0.8``

Comparisons with a value that is not there are false.
"""

import ast
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcast_core.domain.expression import MAX_DEPTH, MAX_TEXT, ExpressionFault, Odd, find_place, parse
from podcast_core.errors import InvalidInput, name_some

LARGEST = 1e12  # chosen: larger numbers are a slip, and a square of them still is a number

Values = NDArray[Any]
Reader = Callable[[str], Values]
"""Gives the column of a name: numbers (NaN: none) or texts."""

_ORDERS: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
}
_SUMS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
}


def evaluate(
    expression: str,
    names: Mapping[str, Reader] | Mapping[str, Any],
    functions: Mapping[str, Callable[[str], Values]],
    count: int,
) -> NDArray[np.bool_]:
    """Say for which of ``count`` clips an expression is true.

    Parameters
    ----------
    names
        The columns, each read when it is named first: a function of its name.
    functions
        What can be called with one text: gives truths or numbers.

    Raises
    ------
    ExpressionFault
        With what is wrong with the expression and where, and what is known here.
    """
    tree = parse(expression)
    try:
        found = _Evaluation(names, functions, count).read(tree, 0)
        if _kind(found) != "truth":
            raise Odd("A rule must be true or false for each clip, e.g. score > 0.5.", tree)
    except Odd as error:
        raise ExpressionFault(str(error), *find_place(expression, error.node)) from error
    return np.broadcast_to(np.asarray(found, bool), (count,)).copy()


def _kind(values: Any) -> str:
    array = np.asarray(values)
    return "truth" if array.dtype == bool else "number" if array.dtype.kind in "fiu" else "text"


def _is_there(values: Any) -> Any:
    """Say which values there are: a number may be missing."""
    return ~np.isnan(values) if _kind(values) == "number" else np.bool_(True)


class _Evaluation:
    """Reads one expression."""

    def __init__(self, names: Mapping[str, Any], functions: Mapping[str, Callable[[str], Values]], count: int) -> None:
        self._names, self._functions, self._count = names, functions, count

    def read(self, node: ast.expr, depth: int) -> Any:
        """Read a part of the tree."""
        if depth > MAX_DEPTH:
            raise Odd(f"A rule can be nested at most {MAX_DEPTH} levels deep.", node)
        match node:
            case ast.Constant():
                return self._read_constant(node)
            case ast.Name():
                return self._read_name(node)
            case ast.Compare():
                return self._compare(node, depth)
            case ast.BoolOp():
                parts = [self._expect(each, "truth", depth) for each in node.values]
                return np.logical_and.reduce(parts) if isinstance(node.op, ast.And) else np.logical_or.reduce(parts)
            case ast.UnaryOp(op=ast.Not()):
                return ~np.asarray(self._expect(node.operand, "truth", depth))
            case ast.UnaryOp(op=ast.USub()):
                return -np.asarray(self._expect(node.operand, "number", depth))
            case ast.BinOp() if type(node.op) in _SUMS:
                left, right = (self._expect(each, "number", depth) for each in (node.left, node.right))
                with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                    return _SUMS[type(node.op)](left, right)
            case ast.Call():
                return self._call(node)
        raise Odd(
            f"A rule cannot contain {ast.unparse(node)[:60]!r}: expected columns, numbers and texts, compared, and "
            "joined by and, or, not.",
            node,
        )

    def _expect(self, node: ast.expr, kind: str, depth: int) -> Any:
        found = self.read(node, depth + 1)
        if _kind(found) != kind:
            raise Odd(f"Expected a {kind}, found {ast.unparse(node)[:60]!r}, which is a {_kind(found)}.", node)
        return found

    def _read_constant(self, node: ast.Constant) -> Any:
        value = node.value
        if isinstance(value, bool):
            return np.bool_(value)
        if isinstance(value, int | float):
            if not abs(value) <= LARGEST:  # a whole number may have hundreds of digits: no float has those
                raise Odd(f"A number of a rule is at most {LARGEST:g}.", node)
            return np.float64(value)
        if isinstance(value, str) and len(value) <= MAX_TEXT:
            return value
        raise Odd(f"Expected a number or a text of at most {MAX_TEXT} characters, found {value!r:.60}.", node)

    def _read_name(self, node: ast.Name) -> Values:
        if node.id not in self._names:
            raise Odd(f"There is no column {node.id[:40]!r}: expected one of {name_some(self._names, 30)}.", node)
        return np.asarray(self._names[node.id](node.id))

    def _compare(self, node: ast.Compare, depth: int) -> Any:
        found: Any = np.bool_(True)
        left_node = node.left
        for operator, right_node in zip(node.ops, node.comparators, strict=True):
            found = found & self._compare_two(left_node, operator, right_node, depth)
            left_node = right_node
        return found

    def _compare_two(self, left_node: ast.expr, operator: ast.cmpop, right_node: ast.expr, depth: int) -> Any:
        left = self.read(left_node, depth + 1)
        if isinstance(operator, ast.In | ast.NotIn):
            if not isinstance(right_node, ast.List | ast.Tuple):
                raise Odd('After "in" comes a list, such as ["call", "song"].', right_node)
            equal = [self._equal(left, self.read(each, depth + 1), left_node) for each in right_node.elts]
            is_in = np.logical_or.reduce(equal) if equal else np.bool_(False)
            return ~np.asarray(is_in) & _is_there(left) if isinstance(operator, ast.NotIn) else is_in
        right = self.read(right_node, depth + 1)
        if isinstance(operator, ast.Eq):
            return self._equal(left, right, left_node)
        if isinstance(operator, ast.NotEq):
            return ~np.asarray(self._equal(left, right, left_node)) & _is_there(left) & _is_there(right)
        if type(operator) not in _ORDERS:
            raise Odd("Values are compared by <, <=, >, >=, ==, != and in.", left_node)
        for side, each in ((left_node, left), (right_node, right)):
            if _kind(each) != "number":
                raise Odd(f"Only numbers can be compared with < and >, found {ast.unparse(side)[:60]!r}.", side)
        return _ORDERS[type(operator)](left, right)

    def _equal(self, left: Any, right: Any, node: ast.expr) -> Any:
        if _kind(left) != _kind(right):
            raise Odd(f"{ast.unparse(node)[:60]!r} is a {_kind(left)}, and is compared with a {_kind(right)}.", node)
        return np.asarray(left) == np.asarray(right)

    def _call(self, node: ast.Call) -> Values:
        match node:
            case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(text))], keywords=[]):
                if name in self._functions and len(text) <= MAX_TEXT:
                    try:
                        return np.asarray(self._functions[name](text))
                    except InvalidInput as error:  # a pattern that cannot be
                        raise Odd(str(error), node) from error
        raise Odd(
            f"A rule cannot call {ast.unparse(node)[:60]!r}: expected one of "
            f"{', '.join(f'{name}(...)' for name in self._functions)} with one text.",
            node,
        )
