"""Sheets over HTTP: opened, looked at, heard, kept; each person sees their own."""

import json
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from starlette.testclient import TestClient

from podcast_core.api.server import create_api
from podcast_core.services.jobs import queue
from podcast_core.services.sheets import sounds
from podcast_core.workspace import Workspace
from tests.api.conftest import LAN, bearer
from tests.conftest import MakeWav

FOUND = b"file,start,end,label,score\none.wav,1,2,whale,0.9\none.wav,3,4,boat,0.4\nelse.wav,0,1,whale,0.3\n"
OTHER = b"file,start,end,label,score\none.wav,1,2,ship,0.7\n"
SHEETS = "/api/v1/sheets"


def make_form(path: Path, table: bytes = FOUND, **more: bytes) -> list[tuple[str, tuple[str, bytes]]]:
    tables = [(name, (f"{name}.csv", data)) for name, data in more.items()]
    return [("files", ("found.csv", table)), ("recordings", ("one.wav", path.read_bytes())), *tables]


def test_a_sheet_is_opened_looked_at_and_kept(client: TestClient, workspace: Workspace, make_wav: MakeWav) -> None:
    opened = client.post(SHEETS, files=make_form(make_wav("one.wav", seconds=5), truth=FOUND, other=OTHER))
    assert opened.status_code == 201, opened.text
    told = opened.json()
    assert (told["recordings"], told["without"], told["unreadable"]) == (1, 0, [])
    found, other, truth = told["tables"]
    assert (found["role"], found["count"], found["labels"]) == ("predictions", 2, {"boat": 1, "whale": 1})
    assert found["left_out"][0]["why"] == "its recording is not here"
    assert (other["count"], truth["areas"]) == (1, 1)
    place = f"{SHEETS}/{told['id']}"
    assert client.get(place).json() == told
    assert client.get(f"{place}/recordings?without=true").json()["items"] == []
    page = client.get(f"{place}/rows", params={"label": ["whale", "boat"], "sort": "score", "limit": 1}).json()
    assert (page["total"], page["items"][0]["score"]) == (2, 0.4)
    following = client.get(page["next"]).json()
    assert (following["items"][0]["score"], following["next"]) == (0.9, None)
    row = client.get(f"{place}/rows", params={"against": "other", "relation": "label"}).json()["items"][0]
    assert (row["label"], row["partner_label"]) == ("whale", "ship")
    figures = client.get(f"{place}/comparison", params={"against": "truth", "threshold": 0.5}).json()
    assert [(each["label"], each["precision"], each["recall"]) for each in figures["labels"]] == [
        ("boat", 0.0, 0.0),
        ("whale", 1.0, 1.0),
    ]
    assert (figures["total"]["recall"], "IoU" in figures["rule"]) == (0.5, True)
    assert figures["curves"]["whale"][0] == {"threshold": 0.0, "precision": 1.0, "recall": 1.0, "f1": 1.0}
    sound = client.get(f"{place}/rows/predictions/0/sound", headers={"range": "bytes=0-99"})
    assert (sound.status_code, sound.content[:4], len(sound.content)) == (206, b"RIFF", 100)
    picture = client.get(f"{place}/rows/truth/1/picture")
    assert json.loads(picture.headers["x-picture"])["clip"]["end_s"] == pytest.approx(1.2)
    again = client.get(f"{place}/rows/truth/1/picture", headers={"if-none-match": picture.headers["etag"]})
    assert again.status_code == 304
    kept = client.post(f"{place}/round", json={"round_name": "Kept"})
    assert kept.status_code == 202
    assert queue.get_job(workspace, job_id=kept.json()["job_id"]).kind == "keep"


def test_what_is_not_there_is_refused_in_words(client: TestClient, make_wav: MakeWav) -> None:
    sheet_id = client.post(SHEETS, files=make_form(make_wav("one.wav", seconds=5))).json()["id"]
    for query, status in {
        **dict.fromkeys(("rows?sort=nothing", "rows?least=2", "rows?least=nan", "rows?relation=alone"), 400),
        **dict.fromkeys(("rows?against=predictions", "rows/nothing/0/picture"), 400),
        **dict.fromkeys(("rows?table=truth", "rows?table=other&against=truth", "comparison?against=truth"), 404),
        **dict.fromkeys(("rows/predictions/-1/sound", "rows/predictions/9/picture"), 404),
    }.items():
        answer = client.get(f"{SHEETS}/{sheet_id}/{query}")
        assert (query, answer.status_code, bool(answer.json()["detail"])) == (query, status, True)


def test_each_person_sees_their_own_and_only_admins_name_places(workspace: Workspace, make_wav: MakeWav) -> None:
    form = make_form(make_wav("one.wav", seconds=5))
    people = (("Ann", "label"), ("Bob", "label"), ("Cleo", "admin"))
    heads = {person: bearer(workspace, scope, person) for person, scope in people}
    with TestClient(create_api(lambda: workspace), base_url=LAN) as lan:
        hers = lan.post(SHEETS, files=form, headers=heads["Ann"]).json()["id"]
        his = lan.post(SHEETS, files=form, headers=heads["Bob"]).json()["id"]
        assert hers != his
        for rest in ("", "/rows", "/recordings", "/comparison?against=other", "/rows/predictions/0/sound"):
            answer = lan.get(f"{SHEETS}/{hers}{rest}", headers=heads["Bob"])
            assert (answer.status_code, "not open any more" in answer.text) == (404, True)
        assert lan.get(f"{SHEETS}/{hers}", headers=heads["Ann"]).status_code == 200
        assert lan.post(f"{SHEETS}/{hers}/round", json={"round_name": "x"}, headers=heads["Ann"]).status_code == 403
        table = [("files", ("found.csv", FOUND))]
        for place in ("/etc", "s3://bucket/", "http://127.0.0.1/x.wav"):
            answer = lan.post(SHEETS, files=table, data={"address": place}, headers=heads["Ann"])
            assert answer.status_code == 403, answer.text
        answer = lan.post(SHEETS, files=table, data={"address": "/etc"}, headers=heads["Cleo"])
        assert "PODCAST_RECORDING_FOLDERS" in answer.text
        answer = lan.post(SHEETS, files=table, data={"address": "http://127.0.0.1/one.wav"}, headers=heads["Cleo"])
        assert answer.status_code in (201, 400)
        assert "private" in answer.text.lower()


def test_a_slow_first_answer_cannot_be_taken_for_the_second_files(
    client: TestClient, make_wav: MakeWav, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first file is still being read when the second one is open: each answer is about its own file."""
    path, real = make_wav("one.wav", seconds=5), sounds.find_sounds
    has_first_begun, is_second_done = Event(), Event()
    answers: dict[str, Any] = {}

    def wait(*args: Any, **options: Any) -> sounds.Sounds:
        if not has_first_begun.is_set():
            has_first_begun.set()
            assert is_second_done.wait(30)
        return real(*args, **options)

    def ask(name: str, table: bytes) -> None:
        answers[name] = client.post(SHEETS, files=make_form(path, table)).json()

    monkeypatch.setattr("podcast_core.services.sheets.opening.find_sounds", wait)
    first = Thread(target=ask, args=("first", FOUND))
    first.start()
    assert has_first_begun.wait(30)
    ask("second", OTHER)
    is_second_done.set()
    first.join()
    assert answers["first"]["id"] != answers["second"]["id"]
    for name, labels in (("first", {"whale", "boat"}), ("second", {"ship"})):
        rows = client.get(f"{SHEETS}/{answers[name]['id']}/rows").json()["items"]
        assert {each["label"] for each in rows} == labels == set(answers[name]["tables"][0]["labels"])
