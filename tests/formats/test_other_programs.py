"""Formats that are only read: BatDetect2, Kaleidoscope, crowsetta, the Deep Audio Segmenter."""

import json
from typing import Any

import pytest

from podcast_core.errors import InvalidInput
from podcast_core.formats import batdetect2, crowsetta, das, find_formats, kaleidoscope
from podcast_core.formats.contents import NOT_USED, FileBox, Why


def detection(start_s: float, end_s: float, **more: Any) -> dict[str, Any]:
    places = {"start_time": start_s, "end_time": end_s, "low_freq": 25_000, "high_freq": 60_000}
    return {**places, "class": "Myotis", "event": "Echolocation", "individual": "-1", **more}


def make_document(*items: dict[str, Any], annotated: bool = False, **more: Any) -> dict[str, Any]:
    about = {"id": "bat.wav", "duration": 2.0, "time_exp": 1, "class_name": "Myotis", "notes": "", "issues": False}
    return {**about, "annotated": annotated, "annotation": list(items), **more}


def spell(box: FileBox) -> tuple[object, ...]:
    return (box.name, box.start_s, box.end_s, box.low_hz, box.high_hz, box.label, box.score)


def read_bats(*documents: Any, name: str = "bat.wav.json") -> Any:
    data = json.dumps(documents if len(documents) > 1 else documents[0]).encode()
    assert find_formats(name, data) == ["batdetect2"]
    return batdetect2.read(name, data)


def test_detections_of_batdetect2_are_predictions_with_the_score_of_their_class() -> None:
    contents = read_bats(make_document(detection(0.5, 0.75, det_prob=0.9, class_prob=0.625)))
    assert [spell(box) for box in contents.predictions] == [
        ("bat.wav", 0.5, 0.75, 25_000, 60_000, "Myotis", 0.625),
    ]
    assert (contents.annotations, contents.answers) == ((), ())


def test_times_and_frequencies_of_a_file_that_was_slowed_down_are_the_animals() -> None:
    contents = read_bats(make_document(detection(0.35, 0.425, class_prob=0.5), time_exp=10))
    [box] = contents.predictions
    assert spell(box)[1:5] == (3.5, 4.25, 2500, 6000)
    assert contents.notes == (
        "bat.wav.json: bat.wav is slowed 10 times; times and frequencies were converted to the file's.",
    )


@pytest.mark.parametrize(
    ("more", "outcomes"),
    [
        ({"annotated": True}, ["labelled", "empty"]),
        ({"annotated": True, "issues": True}, ["unsure", "unreviewed"]),
        ({"annotated": False}, ["unsure", "unreviewed"]),
    ],
)
def test_documents_of_batdetect2s_annotation_tool_are_answers(more: dict[str, Any], outcomes: list[str]) -> None:
    drawn = detection(0.5, 0.75, individual="3", event="Social")
    contents = read_bats(make_document(drawn, notes="windy", **more), make_document(id="siteB/b.wav", **more))
    assert [(box.individual, box.call_type) for box in contents.annotations] == [("3", "Social")]
    assert [(each.name, each.outcome, each.comment, each.end_s) for each in contents.answers] == [
        ("bat.wav", outcomes[0], "windy", 2.0),
        ("siteB/b.wav", outcomes[1], "", 2.0),
    ]


def test_points_and_lines_of_batdetect2() -> None:
    contents = read_bats(make_document(detection(0.5, 0.5), detection(1, 2, low_freq=40_000, high_freq=40_000)))
    assert [(each.where, each.why) for each in contents.left_out] == [("bat.wav.json, annotation[0]", Why.POINT)]
    assert [(box.low_hz, box.high_hz) for box in contents.annotations] == [(40_000, 40_000)]


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (make_document(time_exp=-1), r"line 1, column \d+ \(time_exp\): expected a factor above 0"),
        (make_document({"start_time": 1}), r"line 1, column \d+ \(annotation\[0\]\): expected 'end_time'"),
        (make_document(detection(1, 2, class_prob=1.5)), "A score must be between 0 and 1"),
    ],
)
def test_bad_documents_of_batdetect2_are_refused(document: Any, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        read_bats(document)


BATS = (
    "INDIR,OUTDIR,FOLDER,IN FILE,CHANNEL,OFFSET,DURATION,Fmin,Fmean,Fmax,AUTO ID*,MATCH RATIO,MARGIN,MANUAL ID\r\n"
    "D:\\rec,,SITE,BAT.wav,1,0.5,0.25,25.3,40.1,60.2,MYOT,0.9,0.1,\r\n"
    "D:\\rec,,SITE,BAT.wav,0,1.5,0.25,25.3,40.1,60.2,MYOT,0.9,0.1,PIPI\r\n"
    "D:\\rec,,SITE,BAT.wav,0,1.75,0,,,,Noise,,,\r\n"
    "D:\\rec,,SITE,BAT.wav,0,1.75,0.1,,,,,,,\r\n"
)


def test_kaleidoscopes_bats_are_in_khz_and_named_by_people_where_they_did() -> None:
    assert find_formats("id.csv", BATS.encode()) == ["kaleidoscope"]
    contents = kaleidoscope.read("id.csv", BATS.encode())
    assert [(*spell(box), box.channel) for box in contents.annotations] == [
        ("D:/rec/SITE/BAT.wav", 0.5, 0.75, 25_300, 60_200, "MYOT", 0.9, 1),
        ("D:/rec/SITE/BAT.wav", 1.5, 1.75, 25_300, 60_200, "PIPI", 0.9, 0),
        ("D:/rec/SITE/BAT.wav", 1.75, 1.85, None, None, "", None, 0),
    ]
    assert [box.label_is_blank for box in contents.annotations] == [False, False, True]
    assert [(each.where, each.why) for each in contents.left_out] == [("id.csv, line 4", Why.POINT)]
    assert [(guess.what, guess.value, guess.why) for guess in contents.guesses] == [
        ("frequency_unit", "kHz", "the highest Fmax is 60.2"),
        ("label", "AUTO ID*", "MANUAL ID is empty in 3 of 4 rows"),
        ("score", "MATCH RATIO", "the share of pulses that are of that species"),
        (NOT_USED, "MARGIN", "it is no score from 0 to 1"),
    ]


def test_kaleidoscopes_clusters_are_in_hertz() -> None:
    data = b"INDIR,FOLDER,IN FILE,CHANNEL,OFFSET,DURATION,Fmin,Fmax,TOP1MATCH,MANUAL ID\n/r,,a.wav,0,3,0.5,15,70,c1,\n"
    [box] = kaleidoscope.read("cluster.csv", data).annotations
    assert spell(box) == ("r/a.wav", 3.0, 3.5, 15, 70, "c1", None)


def test_birdnets_table_for_kaleidoscope_brings_its_confidence() -> None:
    data = b"INDIR,FOLDER,IN FILE,OFFSET,DURATION,scientific_name,common_name,confidence,lat,lon\n"
    data += b"/r,siteA,a.wav,3.0,3.0,Parus major,Great Tit,0.8123,-1,-1\n"
    contents = kaleidoscope.read("BirdNET_Kaleidoscope.csv", data)
    assert [spell(box) for box in contents.annotations] == [
        ("r/siteA/a.wav", 3.0, 6.0, None, None, "Great Tit", 0.8123)
    ]
    assert contents.guesses == ()


@pytest.mark.parametrize(
    ("cells", "times", "in_samples"),
    [("3.5,4.25,84000,102000", (3.5, 4.25), False), (",,84000,102000", (84000.0, 102000.0), True)],
)
def test_segments_of_crowsetta_in_seconds_or_samples(cells: str, times: tuple[float, float], in_samples: bool) -> None:
    header = "label,onset_s,offset_s,onset_sample,offset_sample,notated_path,annot_path,sequence,annotation\n"
    data = f"{header}call,{cells},/x/siteA/a.wav,/x/a.csv,0,0\nclick,5,5,120000,120000,/x/b.wav,,1,0\n".encode()
    assert find_formats("crow.csv", data) == ["crowsetta"]
    contents = crowsetta.read("crow.csv", data)
    assert [(box.name, box.start_s, box.end_s, box.label, box.in_samples) for box in contents.annotations] == [
        ("/x/siteA/a.wav", *times, "call", in_samples)
    ]
    assert [(each.where, each.why, each.start_s) for each in contents.left_out] == [
        ("crow.csv, line 3", Why.POINT, 5.0)
    ]


def test_segments_of_das_are_boxes_and_its_pulses_points() -> None:
    data = b"name,start_seconds,stop_seconds,channel\npulse,0.5,0.5,-1\nsine,1.5,2.25,-1\nsine,3,4,1\nvibration,,,\n"
    assert find_formats("fly_annotations.csv", data) == ["das"]
    contents = das.read("fly_annotations.csv", data)
    assert [(box.name, box.start_s, box.end_s, box.label, box.channel) for box in contents.annotations] == [
        ("fly", 1.5, 2.25, "sine", None),
        ("fly", 3.0, 4.0, "sine", 1),
    ]
    assert [(each.where, each.why, each.start_s, each.detail) for each in contents.left_out] == [
        ("fly_annotations.csv, line 2", Why.POINT, 0.5, "pulse")
    ]


def test_a_table_of_das_can_name_its_recordings() -> None:
    data = b"filename,name,start_seconds,stop_seconds\na.wav,sine,1.5,2.25\n"
    assert [box.name for box in das.read("all.csv", data).annotations] == ["a.wav"]
