"""Files that people and programs have really written, imported into rounds of the recordings they belong to."""

import shutil
from collections import Counter
from pathlib import Path

import pytest

from podcast_core.domain.annotation import Annotation
from podcast_core.domain.submission import Outcome
from podcast_core.services.exchange import datasets, import_files, imports
from podcast_core.services.exchange.import_files import Reading
from podcast_core.services.exchange.imports import ImportReport
from podcast_core.services.intake import ingest
from podcast_core.workspace import Workspace
from tests.building import latest_answers, list_predictions, make_sound, write_sound
from tests.conftest import SHARED_DATA

pytestmark = pytest.mark.skipif(not SHARED_DATA.is_dir(), reason="the folder of real recordings is not there")

BATS = ["Carollia castanea", "Carollia sowelli", "Desmodus rotundus", "Lasiurus blossevillii"]


def bring(
    workspace: Workspace, folder: str, labels: list[str], pattern: str, reading: Reading | None = None
) -> ImportReport:
    """Ingest a folder of real recordings and import the annotations beside them, their format found out."""
    source = SHARED_DATA / folder
    ingest.ingest(workspace, paths=[source], round_name=folder, labels=labels)
    files = import_files.read_files(sorted(source.glob(pattern)))
    return imports.import_annotations(
        workspace, round_id=folder, files=files, annotator="Import", reading=reading or Reading()
    )


def list_boxes(workspace: Workspace, round_id: str) -> list[Annotation]:
    return [box for answer in latest_answers(workspace, round_id).values() for box in answer.annotations]


def test_the_annotation_project_of_bats(workspace: Workspace) -> None:
    report = bring(workspace, "bats", BATS, "*.json")
    assert (report.added, report.unmatched, report.read_as) == (4, {}, "AOEF (soundevent, Whombat) (1 file)")
    boxes = list_boxes(workspace, "bats")
    assert Counter(box.label for box in boxes) == {BATS[2]: 53, BATS[3]: 41, BATS[0]: 20, BATS[1]: 17}
    first = min((box for box in boxes if box.label == BATS[2]), key=lambda box: box.start_s)
    assert (first.start_s, first.end_s) == (0.00767312453793139, 0.009662453121839531)
    assert (first.low_hz, first.high_hz) == (47_520, 72_960)
    answers = latest_answers(workspace, "bats")
    assert {answer.outcome for answer in answers.values()} == {Outcome.LABELLED}
    assert {answer.annotator for answer in answers.values()} == {"Santiago Martinez Balvanera"}
    assert sorted(answer.comment for answer in answers.values())[-2:] == [
        "Is a very short clip, do not include",
        "Seems to have a high-pass filter applied to it. Low frequencies might not be accurate",
    ]
    again = datasets.export_round(workspace, round_id="bats", format_name="aoef")
    files = [("bats.aoef.json", again.files["annotations.aoef.json"])]
    back = imports.import_annotations(workspace, round_id="bats", files=files, annotator="x")
    assert (back.added, back.known) == (0, 4)


def test_syllables_of_a_bengalese_finch(workspace: Workspace) -> None:
    table = SHARED_DATA / "bengalese_bird0" / "annotations.csv"
    lines = table.read_text().splitlines()[1:]
    labels = sorted({line.split(",")[4] for line in lines})
    report = bring(workspace, "bengalese_bird0", labels, "*.csv")
    assert (report.added, report.unmatched, report.notes) == (24, {}, ())
    assert report.read_as == "WhisperSeg CSV without frequencies (1 file)"
    boxes = list_boxes(workspace, "bengalese_bird0")
    assert Counter(box.label for box in boxes) == Counter(line.split(",")[4] for line in lines)
    assert {box.individual for box in boxes} == {"Bird0"}
    [first] = [
        answer.annotations[0] for key, answer in latest_answers(workspace, "bengalese_bird0").items() if key == "0"
    ]
    assert (first.start_s, first.end_s, first.label) == (1.07, 1.154, "0")


@pytest.mark.parametrize(
    ("folder", "labels", "files", "calls", "spot"),
    [
        ("zebra_finch", ["zebra_finch_0"], 18, 498, ("zebra_finch_g17y2U-f00014", 0.4600000083446502)),
        ("meerkat", ["vocal"], 3, 217, ("VLM298_L_4_27DEC2022_MF_ML", 0.1136598639455428)),
    ],
)
def test_calls_beside_each_recording(
    workspace: Workspace, folder: str, labels: list[str], files: int, calls: int, spot: tuple[str, float]
) -> None:
    report = bring(workspace, folder, labels, "*.json")
    assert (report.added, report.unmatched, report.read_as) == (files, {}, f"WhisperSeg JSON ({files} files)")
    boxes = list_boxes(workspace, folder)
    assert len(boxes) == calls
    assert latest_answers(workspace, folder)[spot[0]].annotations[0].start_s == spot[1]
    assert {box.label for box in boxes} == set(labels)


def test_predictions_of_the_human_in_the_loop_example(workspace: Workspace, tmp_path: Path) -> None:
    """There is no audio of it, so a silent recording of its length stands in."""
    write_sound(tmp_path / "audio.wav", make_sound(240, noise_level=0))
    ingest.ingest(workspace, paths=[tmp_path / "audio.wav"], round_name="hitl", labels=["U", "A", "B", "C"])
    files = import_files.read_files([SHARED_DATA / "whisperseg" / "pred_annotations.csv"])
    report = imports.import_predictions(workspace, round_id="hitl", files=files, model="whisperseg-base")
    rows = files[0][1].decode().splitlines()[1:]
    found = list_predictions(workspace, "hitl")
    assert report.unmatched == {}
    assert len(rows) <= len(found) <= len(rows) + 4  # a box over the border of two sessions is cut in two
    assert (found[0].start_s, found[0].end_s, found[0].label, found[0].model) == (
        0.0,
        0.121815945,
        "U",
        "whisperseg-base",
    )


def test_a_selection_table_of_raven(workspace: Workspace, tmp_path: Path) -> None:
    """The table is of another file; a recording under its name stands in."""
    shutil.copy(SHARED_DATA / "birds" / "one_minute.wav", tmp_path / "example.wav")
    files = import_files.read_files([SHARED_DATA / "birds" / "example.Table.1.selections.txt"])
    lines = [line.split("\t") for line in files[0][1].decode().splitlines()[1:]]
    labels = sorted({line[7] for line in lines if len(line) > 7 and line[7]})
    ingest.ingest(workspace, paths=[tmp_path], round_name="birds", labels=[*labels, "bird"])
    report = imports.import_annotations(workspace, round_id="birds", files=files, annotator="Import", label="bird")
    inside = [line for line in lines if float(line[3]) < 60]
    assert (report.added, report.read_as) == (1, "Raven selection tables (1 file)")
    boxes = list_boxes(workspace, "birds")
    assert len(boxes) == len(inside)
    assert (boxes[0].start_s, boxes[0].end_s, boxes[0].low_hz) == (1.897648165999982, 4.110570810999974, 1326.3)
