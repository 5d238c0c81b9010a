"""What an import leaves out is counted and named, and it is no absence; no label is put in place of another."""

import pytest

from podcast_core.domain.submission import Outcome
from podcast_core.errors import InvalidInput
from podcast_core.formats.contents import Why
from podcast_core.services.exchange import imports
from podcast_core.services.exchange.imports import ImportReport
from podcast_core.workspace import Workspace
from tests.building import list_answers
from tests.services.sea import add_sea

HEADER = "file,start,end,label,channel\n"
SESSIONS = "file_name,session_id,outcome,annotation_count\n"


def bring(workspace: Workspace, label: str = "", **files: str) -> ImportReport:
    """Import tables, named as the keywords."""
    return imports.import_annotations(
        workspace,
        round_id="sea",
        files=[(f"{name}.csv", text.encode()) for name, text in files.items()],
        annotator="Bob",
        label=label,
    )


def list_outcomes(workspace: Workspace) -> dict[str, str]:
    return {each.session_id: each.outcome.value for each in list_answers(workspace, "sea")}


@pytest.mark.usefixtures("sea")
class TestOutcomes:
    def test_a_session_with_boxes_and_a_point_is_verified(self, workspace: Workspace) -> None:
        report = bring(workspace, t=HEADER + "a.wav,1,2,call,\na.wav,3,3,call,\na.wav,11,12,click,\n")
        assert list_outcomes(workspace) == {"a_0_0": Outcome.VERIFIED, "a_0_1": Outcome.LABELLED}
        assert [(each.why, each.where) for each in report.left_out] == [(Why.POINT, "t.csv, line 3")]
        assert report.notes[0].startswith("Something was left out of 1 session (e.g. a_0_0)")

    def test_a_session_that_is_called_empty_and_has_a_point_is_not_empty(self, workspace: Workspace) -> None:
        empty = SESSIONS + "a.wav,a_0_0,empty,0\na.wav,a_0_1,empty,0\n"
        bring(workspace, t=HEADER + "a.wav,3,3,call,\n", sessions=empty)
        assert list_outcomes(workspace) == {"a_0_1": Outcome.EMPTY}

    def test_an_outcome_that_claims_no_search_stays(self, workspace: Workspace) -> None:
        bring(workspace, t=HEADER + "a.wav,3,3,call,\n", sessions=SESSIONS + "a.wav,a_0_0,unsure,0\n")
        assert list_outcomes(workspace) == {"a_0_0": Outcome.UNSURE}

    def test_a_row_after_the_end_leaves_the_last_session_not_empty(self, workspace: Workspace) -> None:
        empty = SESSIONS + "a.wav,a_0_0,empty,0\na.wav,a_0_1,empty,0\n"
        report = bring(workspace, t=HEADER + "a.wav,20,23,call,\n", sessions=empty)
        assert list_outcomes(workspace) == {"a_0_0": Outcome.EMPTY}
        assert [(each.why, each.detail) for each in report.left_out] == [
            (Why.OUTSIDE, "from 20.000 s; the recording has 20.000 s")
        ]

    def test_rows_of_no_file_no_channel_and_outside_are_three_things(self, workspace: Workspace) -> None:
        rows = "a.wav,1,2,call,0\na.wav,1,2,call,2\nz.wav,1,2,call,0\na.wav,21,22,call,0\n"
        report = bring(workspace, t=HEADER + rows)
        assert {each.where: each.why for each in report.left_out} == {
            "t.csv, line 3": Why.NO_CHANNEL,
            "t.csv, line 4": Why.NO_FILE,
            "t.csv, line 5": Why.OUTSIDE,
        }
        assert list_outcomes(workspace) == {"a_0_0": Outcome.LABELLED}


class TestLabels:
    def test_an_empty_label_beside_others_is_left_out(self, workspace: Workspace) -> None:
        add_sea(workspace, ["call"])
        report = bring(workspace, t=HEADER + "a.wav,1,2,call,\na.wav,3,4,,\na.wav,11,12,,\n")
        assert list_outcomes(workspace) == {"a_0_0": Outcome.VERIFIED}
        assert [(each.why, each.where) for each in report.left_out] == [
            (Why.NO_LABEL, "t.csv, line 3"),
            (Why.NO_LABEL, "t.csv, line 4"),
        ]

    def test_a_label_column_that_is_all_empty_is_asked_about(self, workspace: Workspace) -> None:
        add_sea(workspace, ["call"])
        with pytest.raises(
            InvalidInput, match=r"t.csv, line 2: the box has no label \(2 boxes in all\). Say which one"
        ):
            bring(workspace, t=HEADER + "a.wav,1,2,,\na.wav,3,4,,\n")

    def test_a_label_that_is_given_outright_is_for_every_box_without_one(self, workspace: Workspace) -> None:
        add_sea(workspace, ["call"])
        report = bring(workspace, "call", t=HEADER + "a.wav,1,2,call,\na.wav,3,4,,\n", u="file,start,end\na.wav,5,6\n")
        assert report.left_out == ()
        assert [box.label for each in list_answers(workspace, "sea") for box in each.annotations] == ["call"] * 3

    def test_the_only_label_is_for_tables_without_labels(self, workspace: Workspace) -> None:
        add_sea(workspace, ["call"])
        bring(workspace, u="file,start,end\na.wav,5,6\n")
        assert [box.label for each in list_answers(workspace, "sea") for box in each.annotations] == ["call"]

    @pytest.mark.parametrize("column", ["species", "Class", "AUTO ID*", "something"])
    def test_the_only_label_never_replaces_one_that_the_table_has(self, workspace: Workspace, column: str) -> None:
        add_sea(workspace, ["call"])
        for name in ("file", "Begin File"):
            with pytest.raises(InvalidInput, match=r"1 label is not in the list of round 'sea'.*whistle \(1\)"):
                bring(workspace, t=f"{name},start,end,{column}\na.wav,1,2,whistle\n")
        with pytest.raises(InvalidInput, match="whistle"):
            bring(workspace, t=f"Selection,Begin File,Begin Time (s),End Time (s),{column}\n1,a.wav,1,2,whistle\n")
        assert list_answers(workspace, "sea") == []

    def test_a_label_counts_in_any_unicode_form(self, workspace: Workspace) -> None:
        add_sea(workspace, ["\u00e9l\u00e9phant", "call"])
        bring(workspace, t=HEADER + "a.wav,1,2,e\u0301le\u0301phant,\n")
        assert [box.label for each in list_answers(workspace, "sea") for box in each.annotations] == [
            "\u00e9l\u00e9phant"
        ]
