"""Which module imports which, read from the source: imports inside functions count as well.

``python -m tests.imports`` prints the circles, and fails when there are any.
"""

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.serving import ROOT

PACKAGES = ("podcast_core", "pages")
BY_NAME = "a name that is made while it runs"


@dataclass(frozen=True, slots=True)
class Import:
    """One import: of which module, in which line, and whether it is inside a function."""

    target: str
    line: int
    is_deferred: bool


def read_imports(root: Path = ROOT, packages: Iterable[str] = PACKAGES) -> dict[str, list[Import]]:
    """Read the imports of all modules by name; those for types only count as deferred."""
    paths = [path for package in packages for path in (root / package).rglob("*.py")] + list(root.glob("app.py"))
    names = {_name(path.relative_to(root)): path for path in sorted(paths)}
    return {name: list(_read(path.read_text(), set(names))) for name, path in names.items()}


def _name(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def _read(source: str, own: set[str]) -> Iterator[Import]:
    waiting: list[tuple[ast.AST, bool]] = [(ast.parse(source), False)]
    while waiting:
        node, is_deferred = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (Import(each.name, node.lineno, is_deferred) for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module is not None, "imports are absolute"
            targets = {f"{node.module}.{each.name}" for each in node.names}
            yield from (Import(each, node.lineno, is_deferred) for each in sorted(targets & own))
            if targets - own:
                yield Import(node.module, node.lineno, is_deferred)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in (
            "import_module",
            "__import__",
        ):
            yield Import(BY_NAME, node.lineno, is_deferred)
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            waiting += [(each, True) for each in node.body] + [(each, is_deferred) for each in node.orelse]
        else:
            inside = is_deferred or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            waiting += [(each, inside) for each in ast.iter_child_nodes(node)]


def find_circles(imports: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Find the groups of modules that need each other (strongly connected components, by Tarjan)."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    circles: list[list[str]] = []

    def visit(name: str) -> None:
        order[name] = lowest[name] = len(order)
        stack.append(name)
        for target in imports[name]:
            if target not in imports:
                continue
            if target not in order:
                visit(target)
            if target in stack:
                lowest[name] = min(lowest[name], lowest[target])
        if lowest[name] == order[name]:
            group = stack[stack.index(name) :]
            del stack[stack.index(name) :]
            if len(group) > 1 or name in imports[name]:
                circles.append(sorted(group))

    for name in imports:
        if name not in order:
            visit(name)
    return circles


def list_circles(root: Path = ROOT) -> list[list[str]]:
    """List the circles between the modules of Pod.Cast."""
    return find_circles({name: {each.target for each in found} for name, found in read_imports(root).items()})


if __name__ == "__main__":
    circles = list_circles()
    for circle in circles:
        print(" <-> ".join(circle))  # noqa: T201  # a program of its own
    sys.exit(bool(circles))
