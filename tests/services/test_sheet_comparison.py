"""Tables of predictions compared with another table and with what people found."""

import random
from collections.abc import Sequence

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.round import Round
from podcast_core.domain.sheet import Role
from podcast_core.domain.submission import Outcome
from podcast_core.errors import InvalidInput
from podcast_core.services.access import OPEN
from podcast_core.services.exchange.import_files import make_reading
from podcast_core.services.sheets import comparing, hearing
from podcast_core.services.sheets.comparing import Relation
from podcast_core.services.sheets.opening import SheetRequest, open_sheet
from podcast_core.workspace import Workspace
from tests.building import list_sessions, submit
from tests.services.sheets import folder as folder  # a fixture
from tests.services.sheets import look, write_table


def test_two_tables_matched_only_in_one_and_with_another_label(workspace: Workspace, folder: str) -> None:
    ours = write_table(
        "one.wav,1,2,whale,0.9", "one.wav,4,5,boat,0.8", "two.wav,1,2,whale,0.3", "two.wav,6,7,whale,0.8"
    )
    theirs = write_table("one.wav,1.2,2.2,whale,0.5", "one.wav,4,5,ship,0.6", "three.wav,1,2,whale,0.1", name="b.csv")
    sheet = open_sheet(workspace, SheetRequest(ours, theirs, addresses=[folder]), caller=OPEN)
    compared = comparing.compare(workspace, sheet, Role.OTHER)
    told = {"matched": 1, "only_predictions": 2, "only_other": 1, "label_differs": 1, "not_compared": 0}
    assert compared.relate(0.0).count() == told
    assert compared.relate(0.5, 0.55).count() == {**told, "matched": 0, "only_other": 0, "not_compared": 1}
    [matched] = look(workspace, sheet, against=Role.OTHER, relation=Relation.MATCHED)
    assert (matched.start_s, matched.partner_label, matched.partner_score) == (1.0, "whale", 0.5)
    [other] = look(workspace, sheet, table=Role.OTHER, against=Role.OTHER, relation=Relation.LABEL)
    assert (other.label, other.partner_label, other.partner_score) == ("ship", "boat", 0.8)
    [alone] = look(workspace, sheet, table=Role.OTHER, against=Role.OTHER, relation=Relation.ALONE)
    assert alone.file_name == "three.wav"
    assert hearing.get_sound(workspace, sheet, role=Role.OTHER, number=alone.number).data[:4] == b"RIFF"


def test_the_truth_is_counted_where_it_was_searched(workspace: Workspace, folder: str) -> None:
    ours = write_table(
        "one.wav,1,2,whale,0.9", "one.wav,5,6,whale,0.6", "two.wav,1,2,whale,0.7", "three.wav,1,2,whale,0.5"
    )
    truth = write_table("one.wav,1,2,whale,", "one.wav,7,8,whale,", name="truth.csv")
    sheet = open_sheet(workspace, SheetRequest(ours, truth=truth, addresses=[folder]), caller=OPEN)
    [whale] = comparing.compare(workspace, sheet, Role.TRUTH).measure(0.0)
    counts = whale.agreement
    assert (counts.right, counts.found, counts.known) == (1, 2, 2)  # nobody said anything about two and three
    everywhere = comparing.compare(workspace, sheet, Role.TRUTH, everywhere=True)
    assert everywhere.measure(0.0)[0].agreement.found == 4
    assert everywhere.measure(0.65)[0].agreement.precision == 0.5
    assert everywhere.suggested["whale"].value == 0.9
    missed = look(workspace, sheet, table=Role.TRUTH, against=Role.TRUTH, relation=Relation.ALONE)
    assert [each.start_s for each in missed] == [7.0]
    assert [each.file_name for each in look(workspace, sheet, against=Role.TRUTH, relation=Relation.OUTSIDE)] == [
        "three.wav",
        "two.wav",
    ]


def test_an_export_of_ours_says_which_recordings_were_searched_and_empty(workspace: Workspace, folder: str) -> None:
    head = "file_name,session_id,channel,start_s,end_s,label,outcome,annotator"
    truth = write_table(
        "one.wav,a,0,1,2,whale,labelled,Ann", "two.wav,b,0,,,,empty,Ann", "three.wav,c,0,,,,unsure,Ann", head=head
    )
    ours = write_table("one.wav,1,2,whale,0.9", "two.wav,1,2,whale,0.7", "three.wav,1,2,whale,0.5")
    sheet = open_sheet(workspace, SheetRequest(ours, truth=truth, addresses=[folder]), caller=OPEN)
    [whale] = comparing.compare(workspace, sheet, Role.TRUTH).measure(0.0)
    assert (whale.agreement.right, whale.agreement.found) == (1, 2)
    assert len(sheet.tables[Role.TRUTH].unsearched) == 1


def test_the_answers_of_a_round_are_the_truth_in_the_sessions_that_were_searched(
    workspace: Workspace, round_of_ten: Round
) -> None:
    ids = [each.id for each in list_sessions(workspace, round_of_ten.id)]
    for number, (outcome, boxes) in enumerate(
        ((Outcome.LABELLED, (AnswerBox(0.2, 0.7, "call"),)), (Outcome.EMPTY, ()), (Outcome.UNSURE, ()))
    ):
        submit(workspace, "ten", ids[number], *boxes, outcome=outcome, submission_id=f"answer-{number}")
    table = write_table("ten.wav,0.2,0.7,call,0.9", "ten.wav,1.3,1.6,call,0.8", "ten.wav,2.3,2.6,call,0.7")
    sheet = open_sheet(workspace, SheetRequest(table, round_id="ten", truth_round="ten"), caller=OPEN)
    figures = comparing.compare(workspace, sheet, Role.TRUTH).measure(0.0)
    [call] = [each for each in figures if each.label == "call"]
    assert (call.agreement.right, call.agreement.found, call.agreement.known) == (1, 2, 1)
    with pytest.raises(InvalidInput, match="were not searched"):
        comparing.compare(workspace, sheet, Role.TRUTH, everywhere=True)


@pytest.mark.parametrize("seed", range(3))
def test_precision_and_recall_are_those_of_brute_force(workspace: Workspace, folder: str, seed: int) -> None:
    chance = random.Random(seed)

    def draw(count: int) -> list[tuple[str, float, float, str, float]]:
        made = []
        for _ in range(count):
            start_s = round(chance.uniform(0, 8), 3)
            length_s, score = chance.choice((0.5, 1.0, 1.7)), round(chance.random(), 2)
            made.append(
                (chance.choice(("one", "two")), start_s, round(start_s + length_s, 3), chance.choice("ab"), score)
            )
        return made

    found, known = draw(60), draw(40)
    tables = [
        write_table(*(f"{n}.wav,{s},{e},{label},{score}" for n, s, e, label, score in each)) for each in (found, known)
    ]
    sheet = open_sheet(workspace, SheetRequest(tables[0], truth=tables[1], addresses=[folder]), caller=OPEN)
    compared = comparing.compare(workspace, sheet, Role.TRUTH)
    for threshold in (0.0, 0.33, 0.5, 0.8):
        for figures in compared.measure(threshold):
            ours = [each for each in found if each[3] == figures.label and each[4] >= threshold]
            theirs = [each for each in known if each[3] == figures.label]
            right = match_all_by_all(ours, theirs)
            assert (figures.agreement.right, figures.agreement.found) == (right, len(ours))
            assert figures.agreement.precision == pytest.approx(right / len(ours) if ours else 0.0)
            assert figures.agreement.recall == pytest.approx(right / len(theirs))


def match_all_by_all(
    ours: Sequence[tuple[str, float, float, str, float]], theirs: Sequence[tuple[str, float, float, str, float]]
) -> int:
    """Count pairs the slow way: everything in one table, and the assignment with the most overlap."""
    shares = np.zeros((len(ours), len(theirs)))
    for i, (file, start, end, *_) in enumerate(ours):
        for j, (other, first, last, *_) in enumerate(theirs):
            share = (min(end, last) - max(start, first)) / (max(end, last) - min(start, first))
            shares[i, j] = share if file == other and share >= 0.5 else 0
    return int((shares[linear_sum_assignment(shares, maximize=True)] > 0).sum())


def test_a_truth_of_another_program_is_read_as_what_it_is(workspace: Workspace, folder: str) -> None:
    """Columns that were said for the predictions are none of the truth's; one letter is one however it is written."""
    raven = b"Selection\tBegin File\tBegin Time (s)\tEnd Time (s)\tAnnotation\n1\tone.wav\t1.0\t2.0\tBl\xc3\xa4\n"
    reading = make_reading("table", ["file=f", "start=a", "end=b", "label=c"], None)
    head = "f,a,b,c"
    ours = write_table("one.wav,1,2,Bla\u0308", head=head)
    sheet = open_sheet(
        workspace, SheetRequest(ours, truth=[("t.txt", raven)], reading=reading, addresses=[folder]), caller=OPEN
    )
    [figures] = comparing.compare(workspace, sheet, Role.TRUTH).measure(0.0)
    assert (figures.label, figures.agreement.right) == ("Bl\xe4", 1)
