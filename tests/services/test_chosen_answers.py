"""Exports of the answers that count, of gold, of all answers or of one person's, in every format."""

import csv
import io
import zipfile
from pathlib import Path

import pytest

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.submission import Outcome
from podcast_core.errors import InvalidInput
from podcast_core.formats import FORMATS
from podcast_core.services.exchange import datasets, export_preview
from podcast_core.services.exchange.datasets import Export
from podcast_core.workspace import Workspace
from tests.building import submit

CALL, CLICK = AnswerBox(1.0, 2.0, "call"), AnswerBox(3.0, 4.0, "click")


@pytest.fixture(autouse=True)
def answered(workspace: Workspace, sea: object) -> None:
    """Session a_0_0: Ann, Bob and gold by Zoe; b_0_0: Ann twice; b_1_0: Bob skipped it."""
    del sea
    for who, boxes in (("Ann", (CALL,)), ("Bob", (CLICK,))):
        submit(workspace, "sea", "a_0_0", *boxes, who=who, submission_id=who)
    submit(workspace, "sea", "a_0_0", CALL, CLICK, who="Zoe", submission_id="gold", decides=("Ann", "Bob"))
    submit(workspace, "sea", "b_0_0", CLICK, who="Ann", submission_id="first")
    submit(workspace, "sea", "b_0_0", CALL, who="Ann", submission_id="second", base_revision=1)
    submit(workspace, "sea", "b_1_0", who="Bob", submission_id="skip", outcome=Outcome.SKIPPED)


def export(workspace: Workspace, answers: str, format_name: str = "csv") -> Export:
    return datasets.export_round(workspace, round_id="sea", format_name=format_name, answers=answers)


def list_rows(made: Export) -> list[tuple[str, str, str]]:
    rows = csv.DictReader(made.files["annotations.csv"].decode().splitlines())
    return [(row["session_id"], row["annotator"], row["label"]) for row in rows if row["outcome"] != "unreviewed"]


@pytest.mark.parametrize(
    ("answers", "rows"),
    [
        (
            "counting",
            [("a_0_0", "Zoe", "call"), ("a_0_0", "Zoe", "click"), ("b_0_0", "Ann", "call"), ("b_1_0", "Bob", "")],
        ),
        ("gold", [("a_0_0", "Zoe", "call"), ("a_0_0", "Zoe", "click")]),
        (
            "all",
            [
                *(("a_0_0", "Ann", "call"), ("a_0_0", "Bob", "click"), ("a_0_0", "Zoe", "call")),
                *(("a_0_0", "Zoe", "click"), ("b_0_0", "Ann", "call"), ("b_1_0", "Bob", "")),
            ],
        ),
        ("annotator:Bob", [("a_0_0", "Bob", "click"), ("b_1_0", "Bob", "")]),
    ],
)
def test_whose_answers_are_exported_can_be_chosen(
    workspace: Workspace, answers: str, rows: list[tuple[str, str, str]]
) -> None:
    made = export(workspace, answers)
    assert list_rows(made) == rows
    assert "Answers: " in made.files["README.md"].decode()
    shown = export_preview.preview_round(workspace, round_id="sea", format_name="csv", answers=answers)
    assert [(row["session_id"], row["annotator"]) for row in shown.beginning.rows if row["annotator"]] == [
        row[:2] for row in rows
    ]


@pytest.mark.parametrize("format_name", sorted(name for name, each in FORMATS.items() if each.is_writable))
def test_every_format_tells_all_answers(workspace: Workspace, format_name: str, tmp_path: Path) -> None:
    made = export(workspace, "all", format_name)
    counting = export(workspace, "counting", format_name)
    if FORMATS[format_name].has_people:
        assert set(made.files) == set(counting.files)
    else:
        folders = {name.partition("/")[0] for name in made.files} - {"README.md"}
        assert folders == {"Ann", "Bob", "gold"}
        gold = {name.partition("/")[2]: data for name, data in made.files.items() if name.startswith("gold/")}
        assert gold == {
            name: data for name, data in export(workspace, "gold", format_name).files.items() if name != "README.md"
        }
    datasets.write_export(made, tmp_path / "out")
    assert sorted(each.name for each in (tmp_path / "out").rglob("*") if each.is_file()) == sorted(
        name.rpartition("/")[2] for name in made.files
    )
    with zipfile.ZipFile(io.BytesIO(made.to_zip())) as archive:
        assert len(archive.namelist()) == len(made.files)


def test_what_cannot_be_chosen_is_explained(workspace: Workspace) -> None:
    with pytest.raises(InvalidInput, match="expected counting, gold, all or annotator:NAME, found 'best'"):
        export(workspace, "best")
    with pytest.raises(InvalidInput, match="Eve has not answered a session of this round; expected one of Ann, Bob, Z"):
        export(workspace, "annotator:Eve")
