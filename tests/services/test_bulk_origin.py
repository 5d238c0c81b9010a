"""What was labelled in bulk is told apart wherever labels are counted, shown, exported and brought back."""

import csv
import io
from pathlib import Path

import pytest

from podcast_core.domain.annotation import Origin
from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.bulk_act import BulkDeed
from podcast_core.domain.round import Round
from podcast_core.services.exchange import datasets, imports
from podcast_core.services.labels import agreement, bulk, progress
from podcast_core.services.labels.agreement import Asked
from podcast_core.services.labels.bulk import BulkRequest
from podcast_core.services.labels.bulk_answers import BulkStretch
from podcast_core.services.sets.datacard import _list_origins
from podcast_core.storage import submissions
from podcast_core.workspace import Workspace
from tests.building import latest_answers, submit

WITH_ORIGIN = ("csv", "raven", "coco")


@pytest.fixture(autouse=True)
def labelled(workspace: Workspace, round_of_ten: Round) -> str:
    """Bo lassoes p-0 and a stretch of session 2, on top of what Ann said about session 2."""
    boxes = (AnswerBox(0.0, 0.125, "whistle"),)
    submit(workspace, round_of_ten.id, "ten_0002", *boxes)
    stretches = [
        BulkStretch(session_id="ten_0001", start_s=1.1, end_s=1.3, prediction_id="p-0"),
        BulkStretch(session_id="ten_0002", start_s=2.25, end_s=2.5),
    ]
    request = BulkRequest("act", "ten", BulkDeed.LABEL, stretches, "Bo", "call", heard=2, agreed=2)
    return bulk.act_in_bulk(workspace, request).act.id


def test_progress_counts_them_apart_and_precision_does_not(workspace: Workspace) -> None:
    found = progress.get_progress(workspace, round_id="ten")
    assert found.count_origins("call") == {"accepted": 0, "edited": 0, "new": 0, "bulk": 2, "rejected": 0}
    (call,) = [each for each in found.judgements if each.label == "call"]
    assert (call.in_bulk, call.judged, call.precision, found.precision) == (1, 0, None, None)
    assert "annotations by origin,bulk,call,2,boxes" in progress.write_csv(found)


def test_people_are_not_said_to_agree_with_what_a_bulk_answer_took_from_them(workspace: Workspace) -> None:
    assert agreement.get_agreement(workspace, Asked("ten"))[0].pair_count == 0


def test_models_whose_boxes_were_labelled_in_bulk_are_named(workspace: Workspace, labelled: str) -> None:
    with workspace.database.reading() as connection:
        answers = submissions.latest_submissions(connection, "ten").values()
        assert submissions.list_taken_over(connection, [each.id for each in answers]) == {"m"}
    told = "\n".join(_list_origins([box for each in answers for box in each.annotations]))
    assert "Labelled in bulk: 2 of 3 annotations (67%), in 1 act, many at a time" in told
    assert labelled == "act"


@pytest.mark.parametrize("name", [name for name, each in datasets.list_formats().items() if each.write is not None])
def test_every_format_writes_them_and_those_with_a_place_for_it_say_bulk(workspace: Workspace, name: str) -> None:
    made = datasets.export_round(workspace, round_id="ten", format_name=name)
    if name in WITH_ORIGIN:
        assert any(b"bulk" in data for path, data in made.files.items() if "README" not in path)
    sheet = made.files.get("predictions.csv", b"")
    decided = [row["decision"] for row in csv.DictReader(io.StringIO(sheet.decode())) if row["prediction_id"] == "p-0"]
    assert decided in ([], ["labelled in bulk"])


@pytest.mark.parametrize("name", WITH_ORIGIN)
def test_an_own_export_that_comes_into_another_round_keeps_them(
    workspace: Workspace, name: str, tmp_path: Path
) -> None:
    made = datasets.export_round(workspace, round_id="ten", format_name=name)
    files = [(path, data) for path, data in made.files.items() if not path.startswith("README")]
    with workspace.database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM annotations")
        connection.exec_driver_sql("DELETE FROM passed_over")
        connection.exec_driver_sql("DELETE FROM submissions")
    imports.import_annotations(workspace, round_id="ten", files=files, annotator="Cy")
    answers = latest_answers(workspace, "ten")
    assert tmp_path.exists()
    kept = [(box.label, box.origin, box.bulk_id) for box in answers["ten_0002"].annotations]
    assert kept == [("whistle", Origin.NEW, ""), ("call", Origin.BULK, "")]
    (box,) = answers["ten_0001"].annotations
    assert (box.origin, box.prediction_id is not None) == (Origin.BULK, True)


def test_who_leaves_a_bulk_box_as_it_is_leaves_it_one_and_who_changes_it_makes_it_theirs(workspace: Workspace) -> None:
    kept = (AnswerBox(0.25, 0.5, "call", comment="faint"), AnswerBox(0.0, 0.125, "whistle"))
    for boxes, origin in ((kept, Origin.BULK), ((AnswerBox(0.25, 0.55, "call"),), Origin.NEW)):
        made = submit(workspace, "ten", "ten_0002", *boxes, who="Di").submission
        assert [box.origin for box in made.annotations if box.label == "call"] == [origin]
