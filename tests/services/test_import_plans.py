"""What an import is going to do is worked out, shown and decided about before it does it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.submission import Outcome, Submission
from podcast_core.errors import Conflict, InvalidInput
from podcast_core.services.exchange import datasets, imports
from podcast_core.services.exchange.import_files import Reading, read_annotations
from podcast_core.services.exchange.import_target import Target
from podcast_core.services.exchange.imports import ImportPlan, ImportReport
from podcast_core.services.labels import agreement, archive, rounds
from podcast_core.services.labels.agreement import Asked
from podcast_core.services.labels.matching import LabelChoice, parse_choice
from podcast_core.workspace import Workspace
from tests.building import latest_answers, list_answers, list_predictions, submit
from tests.services.sea import CSV, TSV, add_annotations, answer_everything, bring

pytestmark = pytest.mark.usefixtures("sea")

SCREEN = 24 * 80


def plan(workspace: Workspace, rows: str, **options: Any) -> ImportPlan:
    files = [("a.csv", (CSV + rows).encode())]
    return imports.plan_annotations(workspace, round_id="sea", files=files, annotator="Bob", **options)


def bring_predictions(workspace: Workspace, rows: str, **options: Any) -> ImportReport:
    files = [("p.tsv", (TSV + rows).encode())]
    return imports.import_predictions(workspace, round_id="sea", files=files, **options)


def count_outcomes(workspace: Workspace) -> dict[str, int]:
    return {name: count for name, count in rounds.count_standings(workspace, round_id="sea").items() if count}


def find_counting(workspace: Workspace, session_id: str) -> Submission:
    return latest_answers(workspace, "sea")[session_id]


class TestLabels:
    ROWS = "a.wav\t1\t1\t0.5\tCall\na.wav\t3\t1\t0.5\tmoan\na.wav\t5\t1\t0.5\tmoan\na.wav\t7\t1\t0.5\tcall\n"

    def test_predictions_with_labels_that_the_round_lacks_are_refused_with_three_ways(
        self, workspace: Workspace
    ) -> None:
        with pytest.raises(InvalidInput) as caught:
            bring_predictions(workspace, self.ROWS)
        assert str(caught.value) == (
            "2 labels are not in the list of round 'sea', with so many boxes: moan (2), Call (1; the round has call).\n"
            "There are three ways, which can be combined: map a label to one of the round's (--map moan=LABEL), "
            "skip it (--map moan=), or add all others to the round (--add-labels)."
        )
        assert list_predictions(workspace, "sea") == []
        assert workspace.files.list("rounds/sea/predictions") == []

    def test_they_are_mapped_left_out_and_added(self, workspace: Workspace) -> None:
        report = bring_predictions(workspace, self.ROWS, labels=parse_choice(["Call=call", "moan="]))
        assert [each.label for each in list_predictions(workspace, "sea")] == ["call", "call"]
        assert (report.added, report.ignored) == (2, {"moan": 2})
        assert report.warnings == ["Boxes skipped because of their label: moan (2)."]
        added = bring_predictions(workspace, self.ROWS, model="net", labels=parse_choice(["Call=call"], add=True))
        assert added.new_labels == ("moan",)
        found = rounds.get_round(workspace, round_id="sea")
        assert found.label_names == ("call", "click", "moan")
        assert (found.labels[2].hotkey, found.labels[:2]) == (
            "3",
            rounds.get_round(workspace, round_id="sea").labels[:2],
        )
        assert sorted(each.label for each in list_predictions(workspace, "sea") if each.model == "net") == [
            *["call", "call", "moan", "moan"]
        ]

    def test_a_near_label_is_a_guess_and_never_taken_by_itself(self, workspace: Workspace) -> None:
        found = plan(workspace, "a.wav,1,2, CLICK\na.wav,3,4,Cl-ick\n")
        assert {each.name.strip(): each.guess for each in found.open_labels} == {"CLICK": "click", "Cl-ick": ""}
        with pytest.raises(InvalidInput, match="CLICK=click"):
            imports.apply_plan(workspace, found)
        assert list_answers(workspace, "sea") == []

    def test_a_label_cannot_become_one_that_nobody_has(self, workspace: Workspace) -> None:
        with pytest.raises(InvalidInput, match=r"no label 'song' \(--add-labels adds it\); it has call, click"):
            bring_predictions(workspace, self.ROWS, labels=parse_choice(["moan=song"]))
        report = bring_predictions(workspace, self.ROWS, labels=parse_choice(["moan=song", "Call=call"], add=True))
        assert report.new_labels == ("song",)

    def test_labels_of_rows_that_are_left_out_are_no_question(self, workspace: Workspace) -> None:
        assert bring_predictions(workspace, "z.wav\t1\t1\t1\tmoan\na.wav\t1\t1\t1\tcall\n").added == 1

    def test_a_session_of_which_all_boxes_are_left_out_is_not_called_empty(self, workspace: Workspace) -> None:
        rows = "a.wav,1,2,moan\na.wav,12,13,call\na.wav,15,16,moan\n"
        report = imports.apply_plan(workspace, plan(workspace, rows, labels=parse_choice(["moan="])))
        assert (report.added, report.ignored) == (1, {"moan": 2})
        assert "In 1 session (e.g. a_0_0) all boxes are skipped because of their labels" in report.warnings[0]
        assert count_outcomes(workspace) == {"labelled": 1, "unreviewed": 5}

    def test_nor_is_one_that_the_file_calls_labelled(self, workspace: Workspace) -> None:
        data = b"file_name,session_id,start_s,end_s,label,outcome\na.wav,a_0_0,1,2,moan,labelled\n"
        data += b"a.wav,a_0_1,11,12,moan,unsure\nb.wav,b_0_0,1,2,call,labelled\n"
        imports.import_annotations(
            workspace,
            round_id="sea",
            files=[("a.csv", data)],
            annotator="Bob",
            labels=LabelChoice({"moan": ""}),
        )
        assert {each.session_id: each.outcome for each in list_answers(workspace, "sea")} == {
            "a_0_1": Outcome.UNSURE,
            "b_0_0": Outcome.LABELLED,
        }

    def test_what_came_from_a_prediction_with_another_label_comes_back_without_a_question(
        self, workspace: Workspace
    ) -> None:
        bring_predictions(workspace, "a.wav\t1\t1\t0.5\tmoan\n", labels=LabelChoice(add=True))
        [prediction] = list_predictions(workspace, "sea")
        box = AnswerBox(1, 2, "moan", prediction_id=prediction.id)
        submit(workspace, "sea", "a_0_0", box)
        export = datasets.export_round(workspace, round_id="sea", format_name="csv")
        assert bring(workspace, "csv", export).known == 1

    @pytest.mark.parametrize("many", [1, 11, 6500])
    def test_no_message_is_longer_than_a_screen(self, workspace: Workspace, many: int) -> None:
        rows = "".join(f"a.wav\t1\t1\t0.5\t{f'species {number} ' * 5}\n" for number in range(many))
        for choice in (LabelChoice(), parse_choice([f"{'species 0 ' * 5}=nothing".replace(" =", "=")])):
            with pytest.raises(InvalidInput) as caught:
                bring_predictions(workspace, rows, labels=choice)
            assert len(str(caught.value)) < SCREEN
            assert "--add-labels" in str(caught.value)

    def test_6500_labels_are_added_at_once(self, workspace: Workspace) -> None:
        rows = "".join(f"a.wav\t1\t1\t0.5\tspecies {number}\n" for number in range(6500))
        report = bring_predictions(workspace, rows, labels=LabelChoice(add=True))
        assert (report.added, len(report.new_labels)) == (6500, 6500)
        assert len(report.warnings[0]) < 300
        with pytest.raises(InvalidInput) as caught:
            bring_predictions(workspace, "a.wav\t1\t1\t0.5\tnone\n", labels=LabelChoice({"none": "nothing"}))
        assert len(str(caught.value)) < 500

    @pytest.mark.parametrize("word", ["call", "=call", "a=b=c", ""])
    def test_a_word_that_says_nothing_clear_is_refused(self, word: str) -> None:
        with pytest.raises(InvalidInput, match="Expected OLD=NEW"):
            parse_choice([word])

    def test_an_equals_sign_can_be_part_of_a_name(self) -> None:
        assert parse_choice([r"f\=1=call", r"x=a\=b"]).becomes == {"f=1": "call", "x": "a=b"}
        with pytest.raises(InvalidInput, match="cannot be mapped to both"):
            parse_choice(["a=b", "a="])


class TestSuperseding:
    def answer(self, workspace: Workspace, session_id: str = "a_0_0", who: str = "Ann") -> None:
        submit(workspace, "sea", session_id, who=who, submission_id=f"{who}-{session_id}")

    def test_by_default_both_answers_are_kept_and_the_earlier_one_counts(self, workspace: Workspace) -> None:
        self.answer(workspace)
        self.answer(workspace, "b_0_0", "Eve")
        rows = "a.wav,1,2,call\na.wav,11,12,call\nb.wav,1,2,click\n"
        found = plan(workspace, rows)
        assert found.superseding == {"Ann": 1, "Eve": 1}
        report = imports.apply_plan(workspace, found)
        assert (report.added, report.beside, report.superseded) == (3, {"Ann": 1, "Eve": 1}, {})
        assert report.warnings == [
            "2 sessions already had an answer (Ann: 1, Eve: 1); the imported one is kept beside it and does not count."
        ]
        assert count_outcomes(workspace) == {"empty": 2, "labelled": 1, "unreviewed": 3}
        assert [(each.annotator, each.beside) for each in list_answers(workspace, "sea", "a_0_0")] == [
            ("Ann", False),
            ("Bob", True),
        ]
        assert agreement.get_agreement(workspace, Asked("sea"))[0].pair_count == 2
        assert agreement.get_agreement(workspace, Asked("sea"))[0].independent_count == 2
        again = add_annotations(workspace, rows)
        assert (again.added, again.known) == (0, 3)

    def test_on_request_it_counts_instead_and_both_are_kept(self, workspace: Workspace) -> None:
        self.answer(workspace)
        rows = "a.wav,1,2,call\n"
        add_annotations(workspace, rows)  # beside, as by default
        report = add_annotations(workspace, rows, supersede=True)
        assert (report.added, report.superseded) == (1, {"Ann": 1})
        assert find_counting(workspace, "a_0_0").annotator == "Bob"
        assert len(list_answers(workspace, "sea", "a_0_0")) == 3
        again = add_annotations(workspace, rows, supersede=True)
        assert (again.added, again.known, again.superseded) == (0, 1, {})

    def test_ones_own_answer_is_somebodys_too(self, workspace: Workspace) -> None:
        self.answer(workspace, who="Bob")
        assert add_annotations(workspace, "a.wav,1,2,call\n").beside == {"Bob": 1}
        assert find_counting(workspace, "a_0_0").outcome is Outcome.EMPTY

    def test_a_skip_is_no_answer(self, workspace: Workspace) -> None:
        submit(workspace, "sea", "a_0_0", outcome=Outcome.SKIPPED)
        report = add_annotations(workspace, "a.wav,1,2,call\n")
        assert (report.added, report.beside) == (1, {})
        assert find_counting(workspace, "a_0_0").annotator == "Bob"

    def test_who_answers_between_plan_and_import_counts(self, workspace: Workspace) -> None:
        found = plan(workspace, "a.wav,1,2,call\n", supersede=True)
        self.answer(workspace)
        imports.apply_plan(workspace, found)
        assert find_counting(workspace, "a_0_0").annotator == "Ann"

    def test_an_answer_that_the_file_dates_earlier_is_an_earlier_revision(self, workspace: Workspace) -> None:
        self.answer(workspace)
        data = b"file_name,session_id,start_s,end_s,label,outcome,annotator,submitted_at\n"
        data += b"a.wav,a_0_0,1,2,call,labelled,Eve,2020-01-01T00:00:00+00:00\n"
        for supersede in (False, True):
            found = imports.plan_annotations(
                workspace, round_id="sea", files=[("a.csv", data)], annotator="Bob", supersede=supersede
            )
            assert (found.superseding, found.report.beside) == ({}, {})
        imports.apply_plan(workspace, found)
        old, new = list_answers(workspace, "sea", "a_0_0")
        assert (old.annotator, old.beside, new.annotator) == ("Eve", False, "Ann")

    def test_a_later_answer_from_elsewhere_asks_as_well_and_keeps_its_time(self, workspace: Workspace) -> None:
        self.answer(workspace)
        data = b"file_name,session_id,start_s,end_s,label,outcome,annotator,submitted_at\n"
        data += b"a.wav,a_0_0,1,2,call,labelled,Eve,2090-01-01T00:00:00+00:00\n"
        files = [("a.csv", data)]
        report = imports.import_annotations(workspace, round_id="sea", files=files, annotator="Bob")
        assert report.beside == {"Ann": 1}
        beside = list_answers(workspace, "sea", "a_0_0")[-1]
        assert (beside.submitted_at, beside.beside) == (datetime(2090, 1, 1, tzinfo=UTC), True)
        assert find_counting(workspace, "a_0_0").annotator == "Ann"

    def test_an_edited_export_supersedes_on_request_only(self, workspace: Workspace) -> None:
        answer_everything(workspace)
        export = datasets.export_round(workspace, round_id="sea", format_name="csv")
        edited = export.files["annotations.csv"].replace(b",5.1,5.2,", b",5.1,5.5,")
        changed = replace(export, files={**export.files, "annotations.csv": edited})
        assert bring(workspace, "csv", changed).beside == {"Ann": 1}
        assert max(box.end_s for box in find_counting(workspace, "a_0_0").annotations) == 5.2
        assert datasets.export_round(workspace, round_id="sea", format_name="csv").files == export.files
        assert bring(workspace, "csv", changed, supersede=True).superseded == {"Ann": 1}
        assert max(box.end_s for box in find_counting(workspace, "a_0_0").annotations) == 5.5


def test_a_plan_shows_boxes_as_they_are_stored_and_stores_nothing(workspace: Workspace) -> None:
    rows = "b.wav,9,11,call\na.wav,1,2,call\nz.wav,1,2,call\n"
    found = plan(workspace, rows)
    assert list_answers(workspace, "sea") == []
    assert found.report.outlook == "3 answers to add in 3 sessions; 1 row left out (no such file in the round)."
    assert (found.report.outcomes, found.report.annotators) == ({"labelled": 3}, {"Bob": 3})
    shown = {(each.session_id, each.start_s, each.end_s, each.label) for each in found.boxes}
    assert {(each.file_name, each.channel) for each in found.boxes} == {("a.wav", 0), ("b.wav", 0)}
    imports.apply_plan(workspace, found)
    assert shown == {
        (each.session_id, box.start_s, box.end_s, box.label)
        for each in list_answers(workspace, "sea")
        for box in each.annotations
    }
    assert plan(workspace, rows).report.outlook.startswith("0 answers to add in 0 sessions; 3 answers known before")


def test_a_table_of_which_all_lies_outside_says_so(workspace: Workspace) -> None:
    with pytest.raises(InvalidInput) as caught:
        plan(workspace, "a.wav,100,101,call\na.wav,200,201,call\n")
    assert "Why: outside the recording (2 rows). a.csv, line 2: from 100.000 s; the recording has 20.000 s." in str(
        caught.value
    )


def test_each_reason_is_counted_and_named_by_line(workspace: Workspace) -> None:
    rows = "file,start (s),end (s),label,channel\n"
    rows += "a.wav,1,2,call,1\na.wav,1,2,call,2\nz.wav,1,2,call,1\na.wav,90,91,call,1\n"
    files = [("a.csv", rows.encode()), ("CONFIG.TXT", b"Sample rate (Hz) : 48000\nGain : Medium\n")]
    report = imports.plan_annotations(workspace, round_id="sea", files=files, annotator="Bob").report
    assert [(str(each.why), each.count) for each in report.groups] == [
        ("not a file of labels", 1),
        ("no such channel", 1),
        ("no such file in the round", 1),
        ("outside the recording", 1),
    ]
    assert report.groups[1].sentence == ("Left out, no such channel: 1 row (a.wav). a.csv, line 3: channel 2 of 1")
    assert (
        "3 rows left out (no such channel: 1, no such file in the round: 1, outside the recording: 1)" in report.outlook
    )
    assert "1 file left out (not a file of labels)" in report.outlook


def test_an_archived_round_takes_no_import_and_says_who_archived_it(workspace: Workspace) -> None:
    made = plan(workspace, "a.wav,1,2,call\n")
    archive.archive_round(workspace, round_id="sea", who="Bo")
    with pytest.raises(Conflict, match=r"'sea' was archived by Bo on .* accepts nothing new but answers"):
        plan(workspace, "a.wav,1,2,call\n")
    with pytest.raises(Conflict, match="archived by Bo"):
        bring_predictions(workspace, "a.wav\t1\t1\t0.5\tcall\n", model="net")
    with pytest.raises(Conflict, match="archived by Bo"):
        imports.apply_plan(workspace, made)  # planned before
    assert list_answers(workspace, "sea") == []
    archive.archive_round(workspace, round_id="sea", who="Bo", is_archived=False)
    assert imports.apply_plan(workspace, made).added == 1


def test_a_label_that_no_box_has_is_told_where_something_was_said_about_it(workspace: Workspace) -> None:
    said = parse_choice(["Moan=call", "moan=call"])
    assert "No box has the label Moan" in plan(workspace, "a.wav,1,2,moan\n", labels=said).report.warnings[-1]
    files = [("p.tsv", (TSV + "a.wav\t1\t1\t0.5\tmoan\n").encode())]
    planned = imports.plan_predictions(workspace, round_id="sea", files=files, labels=said)
    assert "No box has the label Moan" in planned.report.warnings[-1]


def test_files_that_hold_predictions_only_say_how_to_import_them(workspace: Workspace) -> None:
    files = [("o.csv", b"file,start,end,call,whistle\na.wav,0,3,0.91,0.2\n")]
    report = imports.plan_annotations(workspace, round_id="sea", files=files, annotator="Bob").report
    assert (report.added, report.warnings[-1][:51]) == (0, "These files hold 2 predictions and no annotations. ")


def test_a_plan_reads_only_the_sessions_that_its_files_may_mean(workspace: Workspace) -> None:
    def read(rows: str) -> set[str]:
        found = read_annotations([("a.csv", (CSV + rows).encode())], Reading())
        return set(Target(workspace, "sea", found.contents).sessions)

    assert read("a.wav,1,2,call\nnone.wav,1,2,call\n") == {"a_0_0", "a_0_1"}
    assert read("A.WAV,1,2,call\n") == {"a_0_0", "a_0_1"}
    assert read("b_1_0,1,2,call\n") == {f"b_{channel}_{n}" for channel in range(2) for n in range(2)}
    assert read("none.wav,1,2,call\n") == set()


def test_an_import_tells_how_far_it_is(workspace: Workspace) -> None:
    told: list[tuple[int, int, str]] = []

    def tell(*values: Any) -> None:
        told.append(values)

    files = [(f"{n}.csv", (CSV + f"a.wav,{n}1,{n}2,call\n").encode()) for n in range(2)]
    found = imports.plan_annotations(workspace, round_id="sea", files=files, annotator="Bob", on_progress=tell)
    imports.apply_plan(workspace, found, on_progress=tell)
    assert told == [
        (0, 2, "Reading 0.csv"),
        (1, 2, "Reading 1.csv"),
        (0, 1, "Finding the sessions of all boxes"),
        (0, 2, "Comparing with the answers that are there"),
        (0, 1, "Writing into the store"),
        (0, 1, "Adding the answers to the database"),
    ]
