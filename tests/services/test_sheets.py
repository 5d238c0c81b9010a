"""Sheets: predictions opened with recordings, without a round."""

import os
import shutil
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from podcast_core.domain.sheet import Role
from podcast_core.errors import Conflict, Forbidden, InvalidInput, NoSpace, NotFound
from podcast_core.services.access import OPEN, Caller
from podcast_core.services.jobs import queue
from podcast_core.services.jobs.kinds import get_kinds
from podcast_core.services.jobs.running import InProcessJob
from podcast_core.services.labels import rounds
from podcast_core.services.sheets import hearing, keeping, opening, rows, sounds
from podcast_core.services.sheets import sheet as sheets
from podcast_core.services.sheets.opening import SheetRequest, open_sheet
from podcast_core.services.sheets.rows import Query
from podcast_core.services.sheets.sheet import get_sheet
from podcast_core.workspace import Workspace
from tests.building import list_predictions, with_settings
from tests.conftest import MakeWav
from tests.s3 import Bucket
from tests.services.sheets import HEAD, look, write_table
from tests.services.sheets import folder as folder  # a fixture


def test_what_is_in_a_table_and_what_of_it_has_no_place(workspace: Workspace, folder: str) -> None:
    Path(folder, "broken.wav").write_bytes(b"no audio at all")
    table = write_table(
        *("one.wav,1,2,whale,0.9", "one.wav,8,9,boat,0.2", "TWO.wav,3,4,whale,0.5"),
        *("absent.wav,1,2,whale,0.8", "absent.wav,3,4,whale,0.7", "one.wav,50,51,whale,0.6", "broken.wav,0,1,boat,0.1"),
    )
    sheet = open_sheet(workspace, SheetRequest(table, addresses=[folder]), caller=OPEN)
    told = sheet.tables[Role.PREDICTIONS]
    assert told.label_counts == {"whale": 2, "boat": 1}
    assert told.score_range == (0.2, 0.9)
    left_out = {opening.say_why(each.why): (each.count, dict(each.names)) for each in told.left_out}
    assert left_out == {
        "its recording is not here": (2, {"absent.wav": 2}),
        "outside the recording": (1, {"one.wav": 1}),
        "cannot be read": (1, {"broken.wav": 1}),
    }
    assert [each.file_name for each in rows.list_recordings(sheet, without=True)] == ["three.wav"]
    assert list(sheet.unreadable) == ["broken.wav"]
    known = {each.file_name: (each.predictions, each.duration_s) for each in rows.list_recordings(sheet)}
    assert known == {"one.wav": (2, 10.0), "three.wav": (0, None), "two.wav": (1, 10.0)}  # three was not even opened
    assert {each.what for each in told.guesses} >= {"start", "end", "label", "score"}
    assert not rounds.list_rounds(workspace)  # nothing was made


def test_rows_are_filtered_sorted_and_taken_in_parts(workspace: Workspace, folder: str) -> None:
    lines = [f"{name}.wav,{at},{at + 1},{label},{score}" for at, (name, label, score) in enumerate(LISTED)]
    sheet = open_sheet(workspace, SheetRequest(write_table(*lines), addresses=[folder]), caller=OPEN)
    by_score = look(workspace, sheet, sort="score", descending=True)
    assert [each.score for each in by_score] == [None, 0.9, 0.7, 0.4, 0.1]  # without a score: at every threshold
    assert [each.score for each in look(workspace, sheet, least=0.4, most=0.7, sort="score")] == [0.4, 0.7]
    assert [each.file_name for each in look(workspace, sheet, labels=["boat", "no such"])] == ["one.wav", "two.wav"]
    assert {each.file_name for each in look(workspace, sheet, text=" THREE ")} == {"three.wav"}
    assert {each.label for each in look(workspace, sheet, text="oat")} == {"boat"}
    number = next(each.number for each in rows.list_recordings(sheet) if each.file_name == "two.wav")
    assert {each.file_name for each in look(workspace, sheet, recording=number)} == {"two.wav"}
    part, total = rows.list_rows(workspace, sheet, Query(sort="start"), limit=2, offset=2)
    assert ([each.start_s for each in part], total) == ([2.0, 3.0], 5)
    assert rows.count_labels(sheet, Role.PREDICTIONS, 0.5) == {"boat": 1, "whale": 2}
    with pytest.raises(InvalidInput, match="an order of file, score"):
        Query(sort="'; drop")
    with pytest.raises(NotFound, match="truth"):
        look(workspace, sheet, table=Role.TRUTH)


LISTED = [
    ("one", "whale", 0.9),
    ("one", "boat", 0.1),
    ("two", "boat", ""),
    ("two", "whale", 0.4),
    ("three", "whale", 0.7),
]


def test_a_row_is_seen_and_heard_and_nothing_else_is_read(
    workspace: Workspace, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = write_table("one.wav,4,6,whale,0.9", "one.wav,0,0.01,click,0.5", head=HEAD)
    sheet = open_sheet(workspace, SheetRequest(table, addresses=[folder]), caller=OPEN)
    picture = hearing.get_picture(workspace, sheet, role=Role.PREDICTIONS, number=0)
    assert picture.file.data[:2] == b"\xff\xd8"
    assert (picture.clip.start_s, picture.clip.end_s) == pytest.approx((0.4, 2.4))
    assert picture.file.info.end_s == pytest.approx(2.8)
    sound = hearing.get_sound(workspace, sheet, role=Role.PREDICTIONS, number=0)
    assert sound.size_bytes == pytest.approx(44 + 2 * 2 * 8000, abs=50)
    assert hearing.get_sound(workspace, sheet, role=Role.PREDICTIONS, number=1).data[:4] == b"RIFF"  # 0.3 s around it
    monkeypatch.setattr("podcast_core.audio.files.open_source", None)  # a second look comes out of the cache
    assert hearing.get_picture(workspace, sheet, role=Role.PREDICTIONS, number=0).file.data == picture.file.data
    with pytest.raises(NotFound, match="no row 2"):
        hearing.get_sound(workspace, sheet, role=Role.PREDICTIONS, number=2)


def test_another_file_is_another_sheet_and_the_same_one_the_same(workspace: Workspace, folder: str) -> None:
    first = open_sheet(workspace, SheetRequest(write_table("one.wav,1,2,whale,0.9"), addresses=[folder]), caller=OPEN)
    again = open_sheet(workspace, SheetRequest(write_table("one.wav,1,2,whale,0.9"), addresses=[folder]), caller=OPEN)
    second = open_sheet(workspace, SheetRequest(write_table("one.wav,1,2,boat,0.9"), addresses=[folder]), caller=OPEN)
    assert again is first
    assert second.id != first.id
    assert [each.label for each in look(workspace, second)] == ["boat"]
    assert [each.label for each in look(workspace, get_sheet(workspace, sheet_id=first.id, person=None))] == ["whale"]
    named = replace(SheetRequest(write_table("one.wav,1,2,whale,0.9"), addresses=[folder]), label="x")
    assert open_sheet(workspace, named, caller=OPEN).id != first.id
    os.utime(Path(folder, "one.wav"), (1, 1))  # the recording was changed
    changed = open_sheet(workspace, SheetRequest(write_table("one.wav,1,2,whale,0.9"), addresses=[folder]), caller=OPEN)
    assert changed.id != first.id


def test_nobody_sees_what_another_person_opened(workspace: Workspace, make_wav: MakeWav) -> None:
    sent = make_wav("one.wav").read_bytes()
    ann, bob = Caller("Ann", "label", "a"), Caller("Bob", "label", "b")
    request = SheetRequest(write_table("one.wav,1,2,whale,0.9"), uploads=[("one.wav", BytesIO(sent))])
    hers = open_sheet(workspace, request, caller=ann)
    his = open_sheet(workspace, request, caller=bob)
    assert hers.id != his.id
    for sheet_id in (hers.id, "0" * 32):
        with pytest.raises(NotFound, match="not open any more"):
            get_sheet(workspace, sheet_id=sheet_id, person="Bob")


def test_a_folder_or_address_is_for_administrators_and_of_the_setting(workspace: Workspace, folder: str) -> None:
    table = write_table("one.wav,1,2,whale,0.9")
    for place in (folder, "s3://bucket/folder/", "https://example.org/one.wav", "store:uploads/x"):
        with pytest.raises(Forbidden, match="for administrators"):
            open_sheet(workspace, SheetRequest(table, addresses=[place]), caller=Caller("Ann", "label", "a"))
    with pytest.raises(Forbidden, match="PODCAST_RECORDING_FOLDERS"):
        open_sheet(workspace, SheetRequest(table, addresses=[folder]), caller=Caller("Ann", "admin", "a"))


def test_what_is_sent_goes_when_nobody_uses_it_or_there_is_too_much(workspace: Workspace, make_wav: MakeWav) -> None:
    small = with_settings(workspace, largest_cache_mb=1)
    place = workspace.settings.data_dir / sounds.FOLDER
    table = write_table("one.wav,1,2,whale,0.9")
    for seed, name in enumerate(("old", "one")):
        data = make_wav(f"{name}.wav", seconds=40, seed=seed).read_bytes()  # 640 kB
        open_sheet(small, SheetRequest(table, uploads=[("one.wav", BytesIO(data))]), caller=OPEN)
        assert len(list(place.iterdir())) == 1
    with pytest.raises(NoSpace, match="PODCAST_LARGEST_CACHE_MB"):
        open_sheet(small, SheetRequest(table, uploads=[("one.wav", BytesIO(b"0" * 1_100_000))]), caller=OPEN)
    [left] = place.iterdir()
    os.utime(left, (1, 1))
    sounds.sweep(place, 10**9)
    assert not list(place.iterdir())


def test_what_cannot_be_opened_says_why(workspace: Workspace, folder: str, tmp_path: Path) -> None:
    table = write_table("one.wav,1,2,whale,0.9")
    with pytest.raises(InvalidInput, match="found none"):
        open_sheet(workspace, SheetRequest(table), caller=OPEN)
    with pytest.raises(InvalidInput, match="no such file or folder"):
        open_sheet(workspace, SheetRequest(table, addresses=[str(tmp_path / "nowhere")]), caller=OPEN)
    with pytest.raises(InvalidInput, match="found none"):
        open_sheet(workspace, SheetRequest([], addresses=[folder]), caller=OPEN)
    with pytest.raises(InvalidInput, match="line 2"):
        open_sheet(workspace, SheetRequest(write_table("one.wav,x,2,whale,0.9"), addresses=[folder]), caller=OPEN)
    with pytest.raises(InvalidInput, match="at most 64 MB"):
        open_sheet(workspace, SheetRequest([("a.csv", BytesIO(b"0" * 64_000_001))], addresses=[folder]), caller=OPEN)
    nothing = open_sheet(
        workspace, SheetRequest(write_table("else.wav,1,2,whale,0.9"), addresses=[folder]), caller=OPEN
    )
    assert (len(nothing.tables[Role.PREDICTIONS].placed), len(look(workspace, nothing))) == (0, 0)
    with pytest.raises(InvalidInput, match="nothing to keep"):
        keeping.keep_sheet(workspace, nothing, round_name="Kept")


def test_a_sheet_becomes_a_round_by_one_job(workspace: Workspace, folder: str) -> None:
    sent = [(each.name, BytesIO(each.read_bytes())) for each in sorted(Path(folder).iterdir())]
    table = write_table("one.wav,1,2,whale,0.9", "two.wav,3,4,,0.4", "absent.wav,1,2,whale,0.8")
    sheet = open_sheet(workspace, SheetRequest(table, uploads=sent), caller=OPEN)
    assert look(workspace, sheet)[1].label == "call"
    job_id = keeping.keep_sheet(workspace, sheet, round_name="Kept", session_length_s=5)
    shutil.rmtree(workspace.settings.data_dir / sounds.FOLDER)  # from now on the job has all that it needs
    lines: list[str] = []
    kind, params = get_kinds()[keeping.KIND], workspace.jobs.get_params(job_id)
    for _ in range(2):  # harmless when repeated
        result = keeping.run(workspace, params, InProcessJob(lambda *_: None, lines.append))
        assert (result["predictions"], result["failed_count"]) == (2, 0)
    assert "absent.wav" in "".join(lines)
    assert kind.summary(result).endswith("2 predictions imported.")
    assert kind.describe(params) == "Keep predictions as a round: Kept"
    round_ = rounds.get_round(workspace, round_id=result["round_id"])
    assert set(round_.label_names) == {"whale", "call"}
    boxes = list_predictions(workspace, round_.id)
    assert sorted((each.start_s, each.label, each.score) for each in boxes) == [(1.0, "whale", 0.9), (3.0, "call", 0.4)]
    with pytest.raises(Conflict, match="already"):
        keeping.keep_sheet(workspace, sheet, round_name="Kept")
    assert queue.get_job(workspace, job_id=job_id).title.endswith("Kept")


def test_a_recording_that_the_table_names_by_its_digest_is_found_by_name(workspace: Workspace, folder: str) -> None:
    """Our own CSV names recordings by a digest; of a folder that was not ingested nobody has computed it."""
    head = "file_name,recording_id,session_id,channel,start_s,end_s,label,outcome,score"
    table = write_table("one.wav,0123456789abcdef,one_0000,0,1,2,whale,labelled,0.5", head=head)
    sheet = open_sheet(workspace, SheetRequest(table, addresses=[folder]), caller=OPEN)
    assert [each.file_name for each in look(workspace, sheet)] == ["one.wav"]


def test_the_same_audio_under_two_names_is_found_under_both(workspace: Workspace, make_wav: MakeWav) -> None:
    data = make_wav("one.wav").read_bytes()
    sent = [("a.wav", BytesIO(data)), ("b.wav", BytesIO(data))]
    table = write_table("a.wav,0,1,whale,0.5", "b.wav,1,2,whale,0.5")
    sheet = open_sheet(workspace, SheetRequest(table, uploads=sent), caller=OPEN)
    assert [each.file_name for each in look(workspace, sheet)] == ["a.wav", "b.wav"]


def test_more_rows_than_memory_has_room_for_are_refused(
    workspace: Workspace, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("podcast_core.services.sheets.sheet.MAX_BYTES", 6000)
    with pytest.raises(InvalidInput, match="at most 3 boxes to be looked at, found 1"):
        open_sheet(workspace, SheetRequest(write_table("one.wav,1,2,whale,0.9"), addresses=[folder]), caller=OPEN)


def test_two_recordings_of_one_name_are_told_apart_by_their_folders(
    workspace: Workspace, make_wav: MakeWav, tmp_path: Path
) -> None:
    for seed, site in enumerate(("siteA", "siteB")):
        make_wav(f"deep/{site}/20200601_050000.wav", seconds=2 + seed, seed=seed)
    table = write_table("siteA/20200601_050000.wav,0,1,a,0.5", "siteB/20200601_050000.wav,0,1,b,0.5")
    sheet = open_sheet(workspace, SheetRequest(table, addresses=[str(tmp_path / "deep")]), caller=OPEN)
    lengths = {each.label: sheet.recordings[each.recording].duration_s for each in look(workspace, sheet)}
    assert lengths == {"a": 2.0, "b": 3.0}
    assert [each.file_name for each in look(workspace, sheet)] == [
        "siteA/20200601_050000.wav",
        "siteB/20200601_050000.wav",
    ]
    unclear = write_table("20200601_050000.wav,0,1,a,0.5")
    with pytest.raises(InvalidInput, match="Name its folder"):
        open_sheet(workspace, SheetRequest(unclear, addresses=[str(tmp_path / "deep")]), caller=OPEN)


def test_a_bucket_is_looked_at_where_it_lies(s3_workspace: Workspace, bucket: Bucket, make_wav: MakeWav) -> None:
    for name in ("one.wav", "two.wav"):
        bucket.put(f"sound/{name}", make_wav(name, seconds=4).read_bytes())
    request = SheetRequest(write_table("one.wav,1,2,whale,0.9"), addresses=[f"s3://{bucket.name}/sound/"])
    sheet = open_sheet(s3_workspace, request, caller=OPEN)
    assert [(each.file_name, each.duration_s) for each in rows.list_recordings(sheet)] == [
        ("one.wav", 4.0),
        ("two.wav", None),
    ]
    assert hearing.get_picture(s3_workspace, sheet, role=Role.PREDICTIONS, number=0).file.data[:2] == b"\xff\xd8"


def test_a_part_far_down_a_long_table(workspace: Workspace, folder: str) -> None:
    chance = np.random.default_rng(0)
    starts = chance.uniform(0, 9, 5000).round(4)
    lines = [
        f"{('one', 'two')[i % 2]}.wav,{s},{s + 0.2:.4f},{'ab'[i % 2]},{i % 100 / 100}" for i, s in enumerate(starts)
    ]
    sheet = open_sheet(workspace, SheetRequest(write_table(*lines), addresses=[folder]), caller=OPEN)
    found, total = rows.list_rows(workspace, sheet, Query(labels=["a"], sort="score"), limit=20, offset=2450)
    assert (len(found), total, found[0].score) == (20, 2500, 0.98)


def test_the_same_sound_under_two_names_is_two_recordings_and_sent_twice_one(
    workspace: Workspace, make_wav: MakeWav
) -> None:
    sent = [(name, BytesIO(make_wav("one.wav", seconds=5).read_bytes())) for name in ("a.wav", "b.wav", "a.wav")]
    table = write_table("a.wav,1,2,whale,0.9", "b.wav,2,3,boat,0.8")
    sheet = open_sheet(workspace, SheetRequest(table, uploads=sent), caller=OPEN)
    assert [(each.file_name, each.label) for each in look(workspace, sheet)] == [("a.wav", "whale"), ("b.wav", "boat")]


def test_too_many_rows_are_refused_before_they_look_for_recordings(
    workspace: Workspace, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To place a million rows takes minutes."""
    monkeypatch.setattr(sheets, "MAX_BYTES", 2 * 3 * sheets.ROW_BYTES)
    monkeypatch.delattr("podcast_core.services.sheets.opening._place")
    lines = [f"one.wav,{start},{start + 1},whale,0.9" for start in range(2)]
    with pytest.raises(InvalidInput, match="at most 3 boxes to be looked at, found 4"):
        open_sheet(workspace, SheetRequest(write_table(*lines), write_table(*lines), addresses=[folder]), caller=OPEN)
