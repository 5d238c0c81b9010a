"""What only tests mention is not part of the product: every name in podcast_core and pages is used there."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from tests.serving import ROOT

WIRE = "podcast_core.wire"  # its fields are read from objects by their names
CLIENT = "podcast_core.client"  # what people's own scripts call; tests compare it with the routes
REGISTERS = frozenset(
    {"DBOS", "app", "atexit", "group", "jobs", "model_validator", "router"}
)  # decorators that keep it
FOUND_BY_NAME = {
    "COMMANDS": "podcast_core.plugging",
    "FORMATS": "podcast_core.formats, podcast_core.plugging",
    "KINDS": "podcast_core.plugging",
    "PROTOCOL": "podcast_core.plugging",
    "RUNNERS": "podcast_core.plugging",
    "find_new_address": "podcast_core.plugging",
    "main": "python -m",
    "__all__": "Python",
}
CALLED_BY = {
    "forward": "torch",
    "handle": "Starlette's router",
    "is_allowed_origin": "Starlette's CORSMiddleware",
    "parse_args": "Click",
    "process_bind_param": "SQLAlchemy",
    "process_result_value": "SQLAlchemy",
    "readable": "io.RawIOBase",
    "readinto": "io.RawIOBase",
    "redirect_request": "urllib",
    "response_class": "http.client",
    "seekable": "io.RawIOBase",
    "writable": "io.RawIOBase",
}
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def read_modules(root: Path) -> dict[str, ast.Module]:
    """Parse the modules of the product by name; migrations are found by their folder."""
    paths = [path for package in ("podcast_core", "pages") for path in (root / package).rglob("*.py")]
    return {
        ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): ast.parse(path.read_text())
        for path in [*sorted(paths), *root.glob("app.py")]
        if "migrations" not in path.parts
    }


def list_unused(modules: Mapping[str, ast.Module]) -> list[str]:
    """List the names of modules and methods that no other code of these modules mentions.

    Names of modules are followed through imports, so it is known which module's is meant. A method counts as used when
    any attribute of its name is read.
    """
    used: set[tuple[str, str]] = set()
    attributes: set[str] = set()
    for module, tree in modules.items():
        aliases: dict[str, str] = {}
        for statement in tree.body:
            loads, own = set[str](), set(_names(statement))
            for node in ast.walk(statement):
                if isinstance(node, ast.ImportFrom):
                    for each in node.names:
                        used.add((node.module or "", each.name))
                        aliases[each.asname or each.name] = f"{node.module}.{each.name}"
                elif isinstance(node, ast.Attribute):
                    attributes.add(node.attr)
                    if isinstance(node.value, ast.Name):
                        used.add((aliases.get(node.value.id, ""), node.attr))
                elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                    loads.add(node.id)
                elif isinstance(node, ast.AnnAssign) and module.startswith(WIRE):
                    attributes.add(ast.unparse(node.target))
            used.update((module, name) for name in loads if name not in own)
    return [
        f"{module}: {name}"
        for module, tree in modules.items()
        for name, is_method in _list_checked(tree)
        if (name.rpartition(".")[2] not in attributes if is_method else (module, name) not in used)
    ]


def _list_checked(tree: ast.Module) -> Iterator[tuple[str, bool]]:
    """List the names that have to be used, each with whether it is a method."""
    for statement in tree.body:
        if not _is_registered(statement):
            yield from ((name, False) for name in _names(statement) if name not in FOUND_BY_NAME)
        if isinstance(statement, ast.ClassDef):
            methods = [each for each in statement.body if isinstance(each, Definition) and not _is_registered(each)]
            names = [each.name for each in methods if not each.name.startswith("__") and each.name not in CALLED_BY]
            yield from ((f"{statement.name}.{name}", True) for name in names)


def _names(statement: ast.stmt) -> Iterable[str]:
    """Give the names that a statement of a module defines."""
    if isinstance(statement, Definition):
        return [statement.name]
    if isinstance(statement, ast.Assign):
        return [node.id for target in statement.targets for node in ast.walk(target) if isinstance(node, ast.Name)]
    return [ast.unparse(statement.target)] if isinstance(statement, ast.AnnAssign) else []


def _is_registered(statement: ast.stmt) -> bool:
    decorators = (ast.unparse(each) for each in getattr(statement, "decorator_list", ()))
    return any(each.partition("(")[0].partition(".")[0] in REGISTERS for each in decorators)


def test_every_name_is_used_by_more_than_tests() -> None:
    modules = read_modules(ROOT)
    unused = [each for each in list_unused(modules) if not each.startswith(CLIENT)]
    assert unused == [], "delete it, or move it to tests/"


def test_what_is_used_in_no_place_is_found() -> None:
    source = (
        "LIMIT = 1\nOTHER = LIMIT\ndef call(): return call()\nclass A:\n    def go(self): ...\n    def stay(self): ..."
    )
    other = "from podcast_core import a\nfrom podcast_core.a import A\nA().stay()\na.OTHER"
    modules = {"podcast_core.a": ast.parse(source), "podcast_core.b": ast.parse(other)}
    assert list_unused(modules) == ["podcast_core.a: call", "podcast_core.a: A.go"]
