import importlib
import os
import pkgutil
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints, is_typeddict

import pytest

from podcast_core import client
from podcast_core.api.protocols import list_foreign_tags
from podcast_core.api.server import create_api
from podcast_core.client import Client
from podcast_core.errors import Conflict, InvalidInput, NotFound, StorageUnavailable
from tests.serving import ROOT, serve
from tests.web import Server, running

Json = dict[str, Any]

# Pictures and sound; browsers' own; others' protocols.
BY_ADDRESS = {"media", "spectrograms", "access", *list_foreign_tags()}


@pytest.fixture(scope="module")
def schema() -> Json:
    """What the server says about itself."""
    return create_api(lambda: pytest.fail("the description needs no workspace")).openapi()


def list_operations(schema: Json) -> list[Json]:
    return [
        each
        for path, methods in schema["paths"].items()
        for each in methods.values()
        if path.startswith("/api/v1/") and not BY_ADDRESS & set(each["tags"])
    ]


def test_every_operation_of_v1_has_a_method_that_answers_what_the_schema_says(schema: Json) -> None:
    operations = list_operations(schema)
    assert len(operations) > 45
    assert [each["operationId"] for each in operations if not hasattr(Client, each["operationId"])] == []
    wrong = {}
    for each in operations:
        told = describe(get_type_hints(getattr(Client, each["operationId"]))["return"])
        expected = list_allowed(each, schema)
        if told not in expected:
            wrong[each["operationId"]] = f"client: {told}; schema: {' or '.join(expected)}"
    assert wrong == {}


def test_the_shapes_of_answers_are_those_of_the_schema(schema: Json) -> None:
    objects = {name: each for name, each in schema["components"]["schemas"].items() if "properties" in each}
    components = {name_of(name): each for name, each in objects.items()}
    modules = [
        importlib.import_module(each.name) for each in pkgutil.iter_modules(client.__path__, "podcast_core.client.")
    ]
    found = {each for module in modules for each in vars(module).values() if is_typeddict(each)}
    shapes = {each.__name__: each for each in found}
    assert len(shapes) == len(found) > 50
    assert len(components) == len(objects)
    for name, shape in shapes.items():
        expected = {field: describe_schema(told, schema) for field, told in components[name]["properties"].items()}
        assert {field: describe(hint) for field, hint in get_type_hints(shape).items()} == expected, name


def name_of(component: str) -> str:
    """The client's name of a component of the schema."""
    return re.sub(r"(Out|Shape)$", "", component)


def list_allowed(operation: Json, schema: Json) -> list[str]:
    """List what a method may return: the answer, the items of a page, the only thing that is in it, or its file."""
    status, told = next(each for each in operation["responses"].items() if each[0].startswith("2"))
    content = told.get("content", {})
    if status == "204":
        return ["None"]
    if "application/json" not in content:
        return ["Path"]
    answer = content["application/json"]["schema"]
    whole = describe_schema(answer, schema)
    inside = schema["components"]["schemas"].get(answer.get("$ref", "").rpartition("/")[2], {}).get("properties", {})
    parts = [describe_schema(inside[name], schema) for name in ("job_id", "problems") if name in inside]
    if whole.startswith("Page_"):
        return [describe_schema(inside["items"], schema).replace("list", "Iterator", 1)]
    return [whole, *parts]


def describe(hint: Any) -> str:
    """Write a type hint as `describe_schema` writes what the schema says."""
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return " | ".join(map(describe, parts))
    if origin is not None:
        return f"{origin.__name__}[{', '.join(map(describe, parts))}]"
    return {type(None): "None", Any: "Any"}.get(hint) or str(hint.__name__)


def describe_schema(told: Json, schema: Json) -> str:
    """Write what the schema says about a value as a Python type."""
    if "$ref" in told:
        name = told["$ref"].rpartition("/")[2]
        return "str" if "enum" in schema["components"]["schemas"][name] else name_of(name)
    if "anyOf" in told:
        return " | ".join(describe_schema(each, schema) for each in told["anyOf"])
    kind = told.get("type")
    if kind == "array":
        return f"list[{describe_schema(told['items'], schema)}]"
    if kind == "object":
        inner = told.get("additionalProperties")
        return f"dict[str, {describe_schema(inner, schema) if isinstance(inner, dict) else 'Any'}]"
    names = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None", None: "Any"}
    return names[kind]


def test_the_example_goes_from_upload_to_export(tmp_path: Path, make_wav: Callable[..., Path]) -> None:
    wav = make_wav("night.wav", seconds=90)
    with serve(tmp_path / "served", PODCAST_LOCAL_WORKERS="1") as server:
        command = [sys.executable, str(ROOT / "docs/example_api.py"), server.url, str(wav)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        caller = Client(server.url)
        assert [each["outcome"] for each in caller.list_submissions("Example")] == ["labelled", "empty"]
        assert [each["file_name"] for each in caller.list_recordings(search="night")] == ["night.wav"]
        with pytest.raises(NotFound, match="none"):
            caller.get_round("none")
        with pytest.raises(Conflict):
            caller.add_round(name="Example", labels=[{"name": "call"}])
        with pytest.raises(InvalidInput):
            caller.export_round("Example", "none", tmp_path / "none.zip")
        sent: list[tuple[int, int]] = []
        name, version = "energy-detector", 0
        model = caller.import_model(
            caller.export_model(name, version, tmp_path / "model.zip"),
            name="carried",
            on_progress=lambda *each: sent.append(each),
        )
        assert caller.get_model("carried", 1) == model
        assert [each["id"] for each in caller.list_models()] == ["energy-detector/0", "carried/1"]
        assert sent[-1][0] == sent[-1][1] > (tmp_path / "model.zip").stat().st_size
        explore(caller, tmp_path)
        assert find_quickest(server.url) < 0.035  # 40 ms is how long a kernel waits before it acknowledges the head
    assert sorted(path.suffix for path in tmp_path.glob("*.zip")) == [".zip", ".zip"]
    assert any("call" in text for text in read_texts(tmp_path / "example.zip"))
    with pytest.raises(StorageUnavailable, match="did not answer"):
        caller.get_round("Example")


def explore(caller: Client, folder: Path) -> None:
    """Describe the sounds of a round, label a few, and let a classifier find the others."""
    made = caller.add_collection("Example", name="Windows", window_s=1.0, hop_s=1.0)
    assert caller.wait_for_job(made["job_id"])["state"] == "done"
    of = made["collection_id"]
    assert [each["id"] for each in caller.list_maps(of)["items"]] == ["pca", "pca-3"]
    assert caller.get_map_points(of, "pca", folder / "points").stat().st_size > 90 * 2 * 4
    found = caller.search_collection(of, [7], k=3)
    assert [each["number"] for each in found["examples"]] == [7]
    assert 7 not in {each["number"] for each in found["hits"]}
    heard = caller.get_clip_sound(of, 7, folder / "clip.wav")
    assert 0 < len(caller.search_by_sound(of, heard, k=5)["hits"]) <= 5
    for label, numbers in (("call", range(10, 16)), ("other", range(30, 36))):
        assert caller.act_in_bulk(of, numbers, label, annotator="Ann")["changed"] == 6
    learnt = caller.train_classifier(of)
    at = (of, learnt["id"])
    assert learnt["labels"] == ["call", "other"]
    assert caller.get_classifier_table(*at, folder / "scores.csv").read_text().startswith("number,session")
    assert caller.get_classifier_scores(*at, folder / "scores", label="call").stat().st_size > 90 * 4
    assert caller.get_classifier_labels(*at, folder / "labels").stat().st_size > 90
    assert len(caller.choose_next_clips(*at, count=5)["items"]) == 5
    density = caller.estimate_call_density(*at, "call", {10: True}, annotator="Ann")
    assert 0 <= density["low"] <= density["share"] <= density["high"] <= 1
    (counted,) = caller.list_call_densities(of)["items"]
    assert counted["verdicts"] == {"10": "yes"}
    assert [each["id"] for each in caller.list_classifiers(of)["items"]] == [learnt["id"]]
    assert sum(map(sum, caller.compare_sides(of, "label", learnt["id"])["counts"])) == 90
    assert caller.mark_sides(of, "label", learnt["id"], folder / "sides").stat().st_size > 2 * 90
    assert [len(each["numbers"]) for each in caller.select_strata(of, ["label"], 4)["items"]] == [4, 4, 4]
    kept = caller.keep_rule(of, "long", "duration > 0.5", "call", annotator="Ann")
    assert caller.list_rules(of)["items"] == [kept]
    assert caller.mark_clips(of, "duration > 0.5", "call", folder / "marks").stat().st_size > 2 * 90
    caller.remove_rule(of, "long")
    assert caller.list_rules(of)["items"] == []
    assert sum(map(sum, caller.compare_classifiers(*at, learnt["id"])["counts"])) == 90
    assert caller.make_classifier_version(*at, "carried")["model"] == "carried/2"
    (rule,) = caller.measure_rules(of, [{"expression": "duration > 0.5", "label": "call"}])["items"]
    assert rule["covered"] == 90
    assert caller.find_fitting_clips(of, "duration > 0.5", folder / "mask").read_bytes().endswith(b"\1" * 90)


def find_quickest(url: str) -> float:
    """Find the least time in seconds that a trivial route takes over a connection that has been open for a while."""
    connection, times = HTTPConnection(url.removeprefix("http://")), []
    for _ in range(60):
        began = time.perf_counter()
        connection.request("GET", "/api/v1/rounds/Example")
        connection.getresponse().read()
        times.append(time.perf_counter() - began)
    connection.close()
    return min(times[30:])


def read_texts(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return [archive.read(name).decode() for name in archive.namelist() if name.endswith(".txt")]


class Cut(BaseHTTPRequestHandler):
    """Breaks every answer off in its midst."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-length", "1000")
        self.end_headers()
        self.wfile.write(b"[" * 10)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def test_a_download_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    with running(Server(Cut)) as server:
        caller = Client(server.url)
        with pytest.raises(StorageUnavailable, match="broke off"):
            caller.download_release("set", "1", tmp_path / "set.zip")
        with pytest.raises(StorageUnavailable, match="broke off"):
            caller.get_release("set", "1")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(InvalidInput, match=r"none\.wav cannot be read"):
        caller.add_recordings([tmp_path / "none.wav"], round_name="x")
