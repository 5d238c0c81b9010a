"""Public functions say what they raise: who calls them need not read their bodies."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import podcast_core

ROOT = Path(podcast_core.__file__).parent
HELP = ("api", "cli")  # docstrings there are what clients and users read; errors have a table, problems.py
MAKERS = {"refuse": "InvalidInput"}  # methods that make an error with the place of what is wrong
Function = ast.FunctionDef | ast.AsyncFunctionDef


def list_functions(tree: ast.AST, place: str = "") -> Iterator[tuple[str, Function]]:
    """List the public functions of a module and the public methods of its public classes."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from list_functions(node, f"{place}{node.name}.")
        elif isinstance(node, Function) and not node.name.startswith("_"):
            yield f"{place}{node.name}", node


def list_raised(node: ast.AST, caught: frozenset[str] = frozenset()) -> Iterator[str]:
    """List the errors that a body raises itself: ``raise X(...)``, neither caught there nor in a function within it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function | ast.Lambda | ast.ClassDef):
            continue
        if isinstance(child, ast.Raise) and isinstance(child.exc, ast.Call):
            name = ast.unparse(child.exc.func).rpartition(".")[2]
            name = MAKERS.get(name, name)
            if name not in caught and not name.startswith("_"):
                yield name
        if isinstance(child, ast.Try):
            own = {name for each in child.handlers if each.type for name in re.findall(r"\w+", ast.unparse(each.type))}
            yield from list_raised(ast.Module(child.body, []), caught | own)
            yield from list_raised(ast.Module([*child.orelse, *child.finalbody], []), caught)
            for handler in child.handlers:
                yield from list_raised(handler, caught)
        else:
            yield from list_raised(child, caught)


def list_silent(text: str) -> list[str]:
    """List the public functions whose docstring does not name what they raise."""
    return [
        f"{name} raises {error}"
        for name, node in list_functions(ast.parse(text))
        for error in sorted(set(list_raised(node)))
        if error not in (ast.get_docstring(node) or "")
    ]


def test_public_functions_say_what_they_raise() -> None:
    silent = [
        f"{path.relative_to(ROOT)}: {each}"
        for path in sorted(ROOT.rglob("*.py"))
        if path.relative_to(ROOT).parts[0] not in HELP and not path.name.endswith(("routes.py", "commands.py"))
        for each in list_silent(path.read_text())
    ]
    assert silent == []


def test_a_silent_function_is_seen() -> None:
    lines = ["class A:", "    def b(self):", '        """Do."""', '        raise InvalidInput("no")']
    text = "\n".join(lines)
    assert list_silent(text) == ["A.b raises InvalidInput"]
    assert list_silent(text.replace("Do.", "Do; raises InvalidInput.")) == []
    assert list_silent(text.replace("def b", "def _b")) == []
