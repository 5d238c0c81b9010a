"""What goes over the wire is taken in, and nothing is asked for in vain."""

import ast
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel
from starlette.testclient import TestClient

from podcast_core import wire
from podcast_core.wire.base import Body, Shape
from podcast_core.wire.rounds import Display, Label, SiteCoordinates
from tests.serving import ROOT

READERS = [*(ROOT / "podcast_core/api").rglob("*.py"), *(ROOT / "podcast_core/dialects").rglob("*.py")]
BOTH_WAYS = {Label, Display, SiteCoordinates}  # sent, too, where what is left out has a meaning
OF_JOBS = {"Map": {"finished_at", "job_id", "fitted", "placed", "disparity"}}  # what a job draws still has not got all


def list_below(kind: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for each in kind.__subclasses__():
        yield each
        yield from list_below(each)


def list_wire(kind: type[BaseModel]) -> list[type[BaseModel]]:
    modules = [import_module(f"podcast_core.wire.{each.name}") for each in pkgutil.iter_modules(wire.__path__)]
    assert len(modules) > 20
    return [
        each
        for each in list_below(kind)
        if each.__module__.startswith("podcast_core.wire.") and "[" not in each.__name__
    ]


def test_each_field_of_a_body_is_read_where_the_body_is_taken() -> None:
    """`SubmissionIn.holder` once was accepted and thrown away."""
    bodies = {each.__name__: each for each in list_wire(Body)}
    assert len(bodies) > 40
    reading = Reading(bodies)
    for path in READERS:
        reading.look_at(path)
    unread = {name: set(body.model_fields) - reading.found[name] for name, body in bodies.items()}
    assert {name: fields for name, fields in unread.items() if fields} == {}


def test_no_answer_leaves_a_field_to_its_default() -> None:
    """A field with a default is one that nobody may ever set."""
    found = {
        each.__name__: {name for name, field in each.model_fields.items() if not field.is_required()}
        for each in list_wire(Shape)
        if each not in BOTH_WAYS
    }
    assert {name: fields for name, fields in found.items() if fields} == OF_JOBS


@pytest.mark.usefixtures("round_of_ten")
def test_an_answer_that_an_older_editor_kept_is_taken(client: TestClient) -> None:
    """What waits in a browser's outbox was written by the editor of its day, with the name of the tab in it."""
    path = "/api/v1/rounds/ten/sessions/ten_0001/submissions"
    body = {"submission_id": "s-1", "annotator": "Ann", "outcome": "empty", "holder": "tab 1"}
    assert client.post(path, json=body).status_code == 201
    assert client.post(path, json={**body, "nothing": 1}).status_code == 400
    assert "holder" not in client.get("/api/openapi.json").json()["components"]["schemas"]["SubmissionIn"]["properties"]


class Reading:
    """Which fields of bodies functions read of their parameters, what they loop over and what they name in between."""

    def __init__(self, bodies: dict[str, type[BaseModel]]) -> None:
        self._bodies = bodies
        self.found: dict[str, set[str]] = {name: {"kind"} for name in bodies}  # which of them a body is

    def look_at(self, path: Path) -> None:
        """Note what the functions of a module read."""
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                self._look_into(function)

    def _look_into(self, function: ast.FunctionDef) -> None:
        arguments = [*function.args.args, *function.args.kwonlyargs]
        known = {each.arg: kinds for each in arguments if (kinds := self._name_kinds(each.annotation))}
        for node in ast.walk(function):
            if isinstance(node, ast.comprehension) and isinstance(node.target, ast.Name):
                known.setdefault(node.target.id, self._find_kinds(node.iter, known))
        for node in ast.walk(function):
            if isinstance(node, ast.Attribute):
                for kind in self._find_kinds(node.value, known):
                    if node.attr != "model_dump":
                        self.found[kind].add(node.attr)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "model_dump":
                for kind in self._find_kinds(node.func.value, known):
                    self.found[kind] |= self._list_dumped(kind, node)

    def _name_kinds(self, annotation: ast.expr | None) -> list[str]:
        """Name the bodies in an annotation; `JobIn` is one of several."""
        names = [getattr(each, "attr", getattr(each, "id", "")) for each in ast.walk(annotation or ast.Constant(None))]
        found = [name for name in names if name in self._bodies]
        return found + [name for name, body in self._bodies.items() if "JobIn" in names and "kind" in body.model_fields]

    def _find_kinds(self, value: ast.expr, known: dict[str, list[str]]) -> list[str]:
        if isinstance(value, ast.Name):
            return known.get(value.id, [])
        if isinstance(value, ast.BoolOp):
            return [kind for each in value.values for kind in self._find_kinds(each, known)]
        if not isinstance(value, ast.Attribute):
            return []
        owners = [self._bodies[kind].model_fields for kind in self._find_kinds(value.value, known)]
        return [
            kind for fields in owners if value.attr in fields for kind in self._list_in(fields[value.attr].annotation)
        ]

    def _list_in(self, hint: Any) -> list[str]:
        inner = [kind for each in get_args(hint) for kind in self._list_in(each)]
        return [hint.__name__, *inner] if isinstance(hint, type) and hint.__name__ in self._bodies else inner

    def _list_dumped(self, kind: str, call: ast.Call) -> set[str]:
        written = [each for each in call.keywords if isinstance(each.value, ast.Set)]
        told = {each.arg: set(ast.literal_eval(each.value)) for each in written}
        fields = set(self._bodies[kind].model_fields)
        return (fields & told.get("include", fields)) - told.get("exclude", set())
