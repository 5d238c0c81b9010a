import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, get_type_hints

import pandas as pd
import pytest
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from podcast_core.api.protocols import list_foreign_tags
from podcast_core.api.server import create_api
from podcast_core.client import Client
from podcast_core.errors import Conflict, InvalidInput, NotFound, PodcastError, StorageUnavailable
from podcast_core.wire.base import Page, Shape
from podcast_core.wire.imports import Import, LeftOut
from podcast_core.wire.tokens import Token
from tests.serving import ROOT, serve
from tests.web import Server, running

# Pictures and sound; browsers' own; others' protocols.
BY_ADDRESS = {"media", "spectrograms", "access", *list_foreign_tags()}


def list_operations() -> list[RouteContext]:
    api = create_api(lambda: pytest.fail("the routes need no workspace"))
    return [
        each
        for each in iter_route_contexts(api.routes)
        if isinstance(each.original_route, APIRoute)
        and (each.path_format or "").startswith("/api/v1/")
        and not BY_ADDRESS & set(each.original_route.tags)
    ]


def test_every_operation_of_v1_has_a_method_that_answers_what_the_route_does() -> None:
    operations = list_operations()
    assert len(operations) > 45
    assert [each.name for each in operations if not hasattr(Client, each.name or "")] == []
    wrong = {}
    for each in operations:
        told, allowed = get_type_hints(getattr(Client, each.name or ""))["return"], list_allowed(each.original_route)
        if told not in allowed:
            wrong[each.name] = f"client: {told}; server: {allowed}"
    assert wrong == {}


def test_a_method_is_in_the_module_that_is_named_as_its_routes() -> None:
    for each in list_operations():
        ours, theirs = getattr(Client, each.name or "").__module__, each.endpoint.__module__
        assert ours.rpartition(".")[2] == theirs.rpartition(".")[2], each.name


def list_allowed(route: Any) -> list[Any]:
    """List what a method may return: the answer, the items of a page, the only thing that is in it, or its file."""
    model = route.response_model
    if route.status_code == 204:
        return [type(None)]
    if model is None:
        return [Path]
    if not isinstance(model, type) or not issubclass(model, Shape):
        return [model]
    page = model.__pydantic_generic_metadata__
    if page["origin"] is Page:
        (item,) = page["args"]
        return [Iterator[item]]  # type: ignore[valid-type]
    fields = model.model_fields
    return [model, *(fields[name].annotation for name in ("job_id", "problems") if name in fields)]


def test_an_answer_is_typed_as_attributes_and_json_in_brackets() -> None:
    moment = datetime(2026, 5, 1, 4, 30, tzinfo=UTC)
    sent = Token(
        id="1", person="Ann", scope="read", created_at=moment, expires_at=moment, last_used_at=None, revoked_at=None
    )
    told = Token.model_validate_json(sent.model_dump_json())
    assert (told.created_at, told["created_at"]) == (moment, "2026-05-01T04:30:00Z")
    assert dict(told) == {**told} == told.as_json == json.loads(sent.model_dump_json()) == told
    assert ("person" in told, told.get("person"), told.get("nothing", 1)) == (True, "Ann", 1)
    with pytest.raises(KeyError):
        told["nothing"]
    assert pd.DataFrame([told, told])["created_at"].tolist() == ["2026-05-01T04:30:00Z"] * 2


def test_what_an_import_left_out_is_read_back() -> None:
    group = LeftOut(why="no session", count=2, names={"a.wav": 2}, first=["row 3"])
    fields: dict[str, Any] = {name: {} for name in ("unmatched", "formats", "outcomes", "annotators", "ignored")}
    fields |= {"beside": {}, "superseded": {}, "notes": [], "new_labels": [], "groups": [group]}
    sent = Import(summary="2 rows", added=0, known=0, sessions=0, **fields)
    assert Import.model_validate_json(sent.model_dump_json()).left_out == [group]


class Foreign(BaseHTTPRequestHandler):
    """Answers like a server of another version."""

    def do_GET(self) -> None:
        data = b'{"id": "ten"}'
        self.send_response(200)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def test_an_answer_of_another_shape_is_an_error_that_says_what_is_missing() -> None:
    with running(Server(Foreign)) as server, pytest.raises(PodcastError, match=r"expects \(name: Field required\)"):
        Client(server.url).get_round("ten")


def test_the_client_loads_no_server() -> None:
    code = "import sys, podcast_core.client; print(*(each.partition('.')[0] for each in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert loaded & {"fastapi", "starlette", "sqlalchemy", "numpy", "scipy", "pandas", "torch", "streamlit"} == set()


def test_the_example_goes_from_upload_to_export(tmp_path: Path, make_wav: Callable[..., Path]) -> None:
    wav = make_wav("night.wav", seconds=90)
    with serve(tmp_path / "served", PODCAST_LOCAL_WORKERS="1") as server:
        command = [sys.executable, str(ROOT / "docs/example_api.py"), server.url, str(wav)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        caller = Client(server.url)
        assert [each["outcome"] for each in caller.list_submissions("Example")] == ["labelled", "empty"]
        (tmp_path / "found.csv").write_text("file_name,start_s,end_s,label,score\nnight.wav,1.0,1.5,call,0.7\n")
        assert caller.import_predictions("Example", [tmp_path / "found.csv"], model="mine")["added"] == 1
        (made,) = caller.list_prediction_sets("Example", model="mine")
        boxes = caller.get_prediction_set("Example", made["id"])["predictions"]
        assert [each.as_json for each in caller.list_in_set("Example", made["id"])] == boxes
        waiting = caller.list_candidates("Example")
        assert [each.as_json for each in caller.list_waiting("Example")] == waiting["items"]
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
