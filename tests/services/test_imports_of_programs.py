"""Files of other programs, as they write them, and what is stored of them."""

import json
from typing import Any

import pytest

from podcast_core.errors import InvalidInput
from podcast_core.services.exchange import import_files, imports
from podcast_core.services.exchange.import_files import Reading
from podcast_core.services.labels import rounds
from podcast_core.storage import predictions
from podcast_core.workspace import Workspace
from tests.building import add_recording, latest_answers, make_recording, make_sessions

SITE = "SITE1_20220101_000000"
BAT = "BAT_20220101_210000"
RAVEN = "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\t"
BIRDNET = RAVEN + "Common Name\tSpecies Code\tConfidence\tBegin Path\tFile Offset (s)\n"
TEXTGRID = """File type = "ooTextFile"
Object class = "TextGrid"
0 100 <exists> 3
"IntervalTier" "species" 0 100 3 0 3,5 "" 3,5 4,25 " call " 4,25 100 ""
"IntervalTier" "notes" 0 100 1 0 100 "he said ""hi"" ! loud <x>"
"TextTier" "clicks" 0 100 1 5.5 "click"
"""
CLIP_S = {"start": 3.5, "end": 4.25}
LABEL_STUDIO = [
    {
        "data": {"audio": f"/data/upload/1/0a1b2c3d-{SITE}.wav"},
        "annotations": [{"result": [{"id": "a", "type": "labels", "value": {**CLIP_S, "labels": ["call"]}}]}],
        "predictions": [],
    }
]
BATDETECT2 = {
    "id": f"{BAT}.wav",
    "time_exp": 10,
    "duration": 0.2,
    "annotated": True,
    "annotation": [
        {"start_time": 0.05, "end_time": 0.075, "low_freq": 250_000, "high_freq": 600_000, "class": "call", "event": ""}
    ],
}


def make_aoef(kind: str, coordinates: Any, slowed: float = 1) -> str:
    """Make a project of Whombat: one completed clip of a recording, with one event."""
    ids = [f"00000000-0000-0000-0000-{number:012}" for number in range(9)]
    now = "2026-01-01T00:00:00"
    recording = {"uuid": ids[1], "path": f"{BAT}.wav", "duration": 2 / slowed, "channels": 1, "samplerate": 256_000}
    event = {"uuid": ids[2], "recording": ids[1], "geometry": {"type": kind, "coordinates": coordinates}}
    clip = {"uuid": ids[4], "recording": ids[1], "start_time": 0, "end_time": 2 / slowed}
    annotated = {"uuid": ids[5], "clip": ids[4], "sound_events": [ids[3]], "created_on": now}
    badges = [{"state": "completed", "created_on": now}]
    data = {
        **{"uuid": ids[0], "name": "bats", "collection_type": "annotation_project", "created_on": now},
        "tags": [{"id": 0, "key": "label", "value": "call"}],
        "recordings": [{**recording, "time_expansion": slowed}],
        "sound_events": [event],
        "sound_event_annotations": [{"uuid": ids[3], "sound_event": ids[2], "tags": [0], "created_on": now}],
        "clips": [clip],
        "clip_annotations": [annotated],
        "tasks": [{"uuid": ids[6], "clip": ids[4], "status_badges": badges, "created_on": now}],
    }
    return json.dumps({"version": "1.1.0", "created_on": now, "data": data})


Stored = list[tuple[Any, ...]]


@pytest.fixture
def field(workspace: Workspace) -> str:
    """Round ``field``: two sessions of 50 s of a recorder's night, and 2 s of bats at 256 kHz."""
    round_ = rounds.add_round(workspace, name="field", labels=["call", "whistle"])
    for digits, name, rate_hz, seconds, pieces in (("1", SITE, 24_000, 100, 2), ("2", BAT, 256_000, 2, 1)):
        recording = make_recording(f"/{name}.wav", seconds, digits=digits, rate_hz=rate_hz)
        add_recording(workspace, recording, make_sessions(recording, round_.id, name + "_{}", pieces))
    return round_.id


def bring(workspace: Workspace, files: dict[str, str], **options: Any) -> tuple[Stored, dict[str, str], list[str]]:
    """Import annotations; what is stored, the outcomes, and why what was left out."""
    data = [(name, text.encode()) for name, text in files.items()]
    report = imports.import_annotations(workspace, round_id="field", files=data, annotator="Bob", **options)
    found = latest_answers(workspace, "field")
    boxes = [
        (box.label, box.start_s, box.end_s, box.low_hz, box.high_hz) for a in found.values() for box in a.annotations
    ]
    outcomes = {name: answer.outcome.value for name, answer in found.items()}
    return sorted(boxes), outcomes, [f"{each.where}: {each.why}" for each in report.left_out]


@pytest.mark.usefixtures("field")
@pytest.mark.parametrize(
    ("files", "boxes"),
    [
        ({f"{SITE}.txt": "3.5\t4.25\t call \n5\t6\twhistle\textra\n"}, [("call", 3.5, 4.25), ("whistle", 5, 6)]),
        ({f"{SITE}.txt": "3,500000\t4,250000\tcall\n"}, [("call", 3.5, 4.25)]),
        ({f"{SITE}.txt": "3.5\t4.25\tcall\r5\t6\twhistle\r"}, [("call", 3.5, 4.25), ("whistle", 5, 6)]),
        ({f"{SITE}.txt": "3.5\t4.25\tcall\n", f"{BAT}.txt": ""}, [("call", 3.5, 4.25)]),
        (
            {
                f"{SITE}.csv": "Name\tStart\tDuration\tTime Format\tType\tDescription\n"
                "call\t0:03,500\t0:00,750\tdecimal\tCue\t\n"
            },
            [("call", 3.5, 4.25)],
        ),
        (
            {"crow.csv": f"label,onset_s,offset_s,notated_path,sequence\ncall,3.5,4.25,/x/{SITE}.wav,0\n"},
            [("call", 3.5, 4.25)],
        ),
        ({f"{SITE}_annotations.csv": "name,start_seconds,stop_seconds\ncall,3.5,4.25\n"}, [("call", 3.5, 4.25)]),
        ({"project.json": json.dumps(LABEL_STUDIO)}, [("call", 3.5, 4.25)]),
    ],
)
def test_their_labels_are_boxes(workspace: Workspace, files: dict[str, str], boxes: Stored) -> None:
    stored, _, left_out = bring(workspace, files)
    assert [each[:3] for each in stored] == boxes
    assert left_out == []


@pytest.mark.usefixtures("field")
def test_kaleidoscopes_bats_lie_where_they_called(workspace: Workspace) -> None:
    head = "INDIR,OUTDIR,FOLDER,IN FILE,CHANNEL,OFFSET,DURATION,Fmin,Fmean,Fmax,DATE,TIME,AUTO ID*,MANUAL ID\n"
    row = f"D:\\rec,,SITE,{BAT}.wav,0,0.5,0.25,25.3,40.1,60.2,2022-01-01,21:00:00,whistle,\n"
    assert bring(workspace, {"id.csv": head + row})[0] == [("whistle", 0.5, 0.75, 25_300, 60_200)]


@pytest.mark.usefixtures("field")
def test_bats_of_a_slowed_file_lie_where_the_file_has_them(workspace: Workspace) -> None:
    stored, outcomes, _ = bring(workspace, {f"{BAT}.wav.json": json.dumps(BATDETECT2)})
    assert stored == [("call", 0.5, 0.75, 25_000, 60_000)]
    assert outcomes == {f"{BAT}_0": "labelled"}


@pytest.mark.usefixtures("field")
def test_an_event_of_a_slowed_recording_of_whombat_lies_where_the_file_has_it(workspace: Workspace) -> None:
    text = make_aoef("BoundingBox", [0.05, 250_000, 0.075, 600_000], slowed=10)
    stored, outcomes, _ = bring(workspace, {"p.json": text})
    assert stored == [("call", 0.5, 0.75, 25_000, 60_000)]
    assert outcomes == {f"{BAT}_0": "labelled"}


@pytest.mark.usefixtures("field")
@pytest.mark.parametrize(
    ("files", "boxes", "outcomes", "left_out"),
    [
        (
            {f"{SITE}.txt": "3.5\t3.5\tcall\n7\t8.5\twhistle\n"},
            [("whistle", 7, 8.5)],
            {f"{SITE}_0": "verified"},
            [f"{SITE}.txt, line 1: a point in time"],
        ),
        (
            {f"{SITE}.txt": "3.5\t4.25\tcall\n5\t6\t\n"},
            [("call", 3.5, 4.25)],
            {f"{SITE}_0": "verified"},
            [f"{SITE}.txt, line 2: without a label"],
        ),
        ({f"{SITE}.txt": "3.5\t3.5\tcall\n"}, [], {}, [f"{SITE}.txt, line 1: a point in time"]),
        (
            {"x_annotations.csv": f"filename,name,start_seconds,stop_seconds\n{BAT}.wav,call,1.5,1.5\n"},
            [],
            {},
            ["x_annotations.csv, line 2: a point in time"],
        ),
        (
            {"p.json": json.dumps([{**BATDETECT2, "annotation": [{"start_time": 0.1, "end_time": 0.1}]}])},
            [],
            {},
            ["p.json, [0].annotation[0]: a point in time"],
        ),
        (
            {"p.json": json.dumps({"uri": f"{BAT}_0.wav", "annotations": [{"start_s": 1, "duration_s": 0}]})},
            [],
            {},
            ["p.json, annotations[0]: a point in time"],
        ),
        (
            {"p.json": make_aoef("TimeStamp", 1.5)},
            [],
            {},
            ["p.json, data.sound_event_annotations[0]: a point in time"],
        ),
        (
            {"a.csv": f"onset,offset,clustername,filename\n1,1,call,{BAT}.wav\n"},
            [],
            {},
            ["a.csv, line 2: a point in time"],
        ),
        (
            {f"{BAT}.json": json.dumps({"onset": [1], "offset": [1], "cluster": ["call"]})},
            [],
            {},
            [f"{BAT}.json, onset[0]: a point in time"],
        ),
    ],
)
def test_what_was_left_out_is_no_absence(
    workspace: Workspace, files: dict[str, str], boxes: Stored, outcomes: dict[str, str], left_out: list[str]
) -> None:
    stored, found, why = bring(workspace, files)
    assert ([each[:3] for each in stored], found, why) == (boxes, outcomes, left_out)


@pytest.mark.usefixtures("field")
def test_praats_tiers_can_be_chosen(workspace: Workspace) -> None:
    reading = import_files.make_reading("auto", None, None, tiers=["species"])
    stored, _, left_out = bring(workspace, {f"{SITE}.TextGrid": TEXTGRID}, reading=reading)
    assert ([each[:3] for each in stored], left_out) == ([("call", 3.5, 4.25)], [])


@pytest.mark.usefixtures("field")
@pytest.mark.parametrize(
    ("files", "boxes"),
    [
        (
            {
                f"{SITE}.BirdNET.selection.table.txt": BIRDNET
                + f"1\tSpectrogram 1\t1\t3.0\t6.0\t150\t12000\tcall\tcal\t0.8123\tD:\\rec\\{SITE}.wav\t3.0\n",
                "BirdNET_analysis_params.csv": "File splitting duration,Segment length,Sample rate\n600,3.0,48000\n",
            },
            [("call", 3, 6, 0.8123)],
        ),
        ({f"{SITE}.BirdNET.results.txt": "3.0\t6.0\tcall\t0.8123\n"}, [("call", 3, 6, 0.8123)]),
        (
            {
                f"{SITE}.BirdNET.results.csv": "Start (s),End (s),Scientific name,Common name,Confidence,File\n"
                f"3.0,6.0,Parus major,call,0.8123,/rec/{SITE}.wav\n"
            },
            [("call", 3, 6, 0.8123)],
        ),
        (
            {
                f"{SITE}.BirdNET.results.r.csv": "filepath,start,end,scientific_name,common_name,confidence,lat,lon,"
                "week,overlap,sensitivity,min_conf,species_list,model\n"
                f"/rec/{SITE}.wav,3.0,6.0,Parus major,call,0.8123,-1,-1,-1,0.0,1.0,0.25,,BirdNET_V2.4\n"
            },
            [("call", 3, 6, 0.8123)],
        ),
        (
            {
                f"{SITE}.BirdNET.results.kaleidoscope.csv": "INDIR,FOLDER,IN FILE,OFFSET,DURATION,scientific_name,"
                "common_name,confidence,lat,lon,week,overlap,sensitivity\n"
                f"/,rec,{SITE}.wav,3.0,3.0,Parus major,call,0.8123,-1,-1,-1,0.0,1.0\n"
            },
            [("call", 3, 6, 0.8123)],
        ),
        (
            {
                f"{SITE}.BirdNET.selection.table.txt": BIRDNET
                + f"1\tSpectrogram 1\t1\t0\t3\t0\t12000\tnocall\tnocall\t1.0\t/{SITE}.wav\t0\n"
            },
            [],
        ),
        (
            {
                "ops.csv": "file,start_time,end_time,call,whistle\n"
                f"/x/{SITE}.wav,0,3,0.91,0.1\n/x/{SITE}.wav,3,6,0.2,0.8\n"
            },
            [("call", 0, 3, 0.91), ("call", 3, 6, 0.2), ("whistle", 0, 3, 0.1), ("whistle", 3, 6, 0.8)],
        ),
    ],
)
def test_detections_are_predictions_with_their_score(
    workspace: Workspace, files: dict[str, str], boxes: Stored
) -> None:
    data = [(name, text.encode()) for name, text in files.items()]
    imports.import_predictions(workspace, round_id="field", files=data)
    with workspace.database.reading() as connection:
        found = predictions.list_all_predictions(connection, "field")
    assert sorted((box.label, box.start_s, box.end_s, box.score) for box in found) == boxes


@pytest.mark.usefixtures("field")
def test_of_wide_tables_the_least_score_can_be_chosen(workspace: Workspace) -> None:
    text = f"file,start_time,end_time,call,whistle\n{SITE}.wav,0,3,0.91,0.1\n"
    reading = import_files.make_reading("auto", None, None, least_score=0.5)
    report = imports.import_predictions(workspace, round_id="field", files=[("o.csv", text.encode())], reading=reading)
    assert report.added == 1
    with pytest.raises(InvalidInput, match="The lowest score to keep must be between 0 and 1, found 50"):
        Reading(least_score=50)
