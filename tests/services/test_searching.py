"""Search over annotations across rounds: what an expression finds, in which order, and what is done with it."""

import pytest

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.expression import ExpressionFault
from podcast_core.domain.prediction import Prediction
from podcast_core.domain.submission import Outcome
from podcast_core.errors import Conflict, InvalidInput, NotFound
from podcast_core.services.labels import archive, label_acts, rounds, searching
from podcast_core.workspace import Workspace
from tests.building import (
    add_prediction_set,
    add_recording,
    latest_answers,
    make_recording,
    make_sessions,
    submit,
)

NIGHT = "2026-06-01T02:00:00+00:00"


@pytest.fixture
def sound(workspace: Workspace) -> None:
    """Rounds ``east`` and ``west``, three sessions of 10 s each, the first two with answers."""
    from datetime import datetime

    for number, name in enumerate(("east", "west")):
        rounds.add_round(workspace, name=name, labels=["A", "B", "noise"], site=f"{name} bay")
        recording = make_recording(
            f"/{name}.wav", 30, digits="ab"[number], started_at=datetime.fromisoformat(NIGHT), site=""
        )
        add_recording(workspace, recording, make_sessions(recording, name, name + "_{}", 3))
    submit(
        workspace,
        "east",
        "east_0",
        AnswerBox(1, 2, "A", low_hz=500, high_hz=900, comment="faint 100%"),
        AnswerBox(3, 3.5, "B", unsure=True, individual="A30"),
        AnswerBox(5, 6, "A"),
        AnswerBox(5.5, 7, "noise"),
    )
    submit(workspace, "east", "east_1", AnswerBox(0, 1, "B"), AnswerBox(8, 9, "A"), who="Bob")
    submit(workspace, "west", "west_1", AnswerBox(2, 2.25, "A"), who="Bob", outcome=Outcome.UNSURE)
    submit(workspace, "west", "west_1", AnswerBox(2, 2.5, "A"), AnswerBox(2.6, 3, "A"), who="Cy")
    boxes = [
        Prediction(5.2, 5.4, "A", 0.9, id="p1", session_id="east_0"),
        Prediction(1.5, 3, "B", id="p2", session_id="east_0"),
    ]
    add_prediction_set(workspace, "east", *boxes)


def find(workspace: Workspace, where: str, *round_ids: str) -> list[str]:
    found = searching.search(workspace, where=where, round_ids=round_ids, limit=100)
    assert searching.count(workspace, where=where, round_ids=round_ids) == (len(found), True)
    return [f"{box.session_id[0]}{box.session_id[-1]} {box.label}{box.at_s:g}" for box in found]


ALL = ["e0 A1", "e0 B3", "e0 A5", "e0 noise5.5", "e1 B0", "e1 A8", "w1 A2", "w1 A2.6"]


@pytest.mark.usefixtures("sound")
def test_an_expression_finds_boxes_in_their_order(workspace: Workspace) -> None:
    expected = {
        "": ALL,
        'label == "A"': ["e0 A1", "e0 A5", "e1 A8", "w1 A2", "w1 A2.6"],
        'label == "A" and not in_session("noise")': ["e1 A8", "w1 A2", "w1 A2.6"],
        'label in ["B", "noise"] or duration > 0.9 and annotator == "Bob"': [
            *("e0 B3", "e0 noise5.5", "e1 B0", "e1 A8"),
        ],
        'label == "B" and after("A", 1)': ["e0 B3"],
        'label == "B" and after("A", 0.9)': [],
        'label == "A" and before("B", 1)': ["e0 A1"],
        'label == "A" and near("A", 0.2)': ["w1 A2", "w1 A2.6"],
        'label == "A" and not near("B", 1.6)': ["e1 A8", "w1 A2", "w1 A2.6"],
        'overlaps("noise")': ["e0 A5"],
        'in_session("A") and in_session("noise") and label != "A"': ["e0 B3", "e0 noise5.5"],
        'label == "A" and overlaps_prediction("A")': ["e0 A5"],
        'overlaps_prediction("B")': ["e0 A1"],
        "low >= 400 and high < 1000": ["e0 A1"],
        "not (low >= 400)": [each for each in ALL if each != "e0 A1"],
        "unsure": ["e0 B3"],
        'contains("100%") or individual == "A30"': ["e0 A1", "e0 B3"],
        'contains("1_0")': [],
        'site == "west bay" and outcome == "labelled"': ["w1 A2", "w1 A2.6"],
        'date == "2026-06-01" and 2 <= hour < 2.001': ["e0 A1", "e0 B3"],
        'start >= 8 and session == "east_1"': ["e1 A8"],
        "0.3 < duration < 0.6": ["e0 B3", "w1 A2", "w1 A2.6"],
        "score > -1": [],
        'label == "x\' OR 1=1 --"': [],
    }
    assert {where: find(workspace, where) for where in expected} == expected
    assert find(workspace, 'label == "A"', "west") == ["w1 A2", "w1 A2.6"]
    archive.archive_round(workspace, round_id="west", who="Di")
    assert find(workspace, 'label == "A"') == ["e0 A1", "e0 A5", "e1 A8"]
    assert find(workspace, 'label == "A"', "west") == ["w1 A2", "w1 A2.6"]
    with pytest.raises(NotFound, match="nowhere"):
        find(workspace, "", "nowhere")


@pytest.mark.usefixtures("sound")
def test_parts_of_a_list_follow_one_another(workspace: Workspace) -> None:
    found, after = [], None
    while part := searching.search(workspace, limit=3, after=after):
        found += part
        after = part[-1].key
    assert found == searching.search(workspace, limit=100)
    assert len(found) == len(ALL)
    assert searching.count(workspace, most=4) == (4, False)
    assert searching.count(workspace, patience_s=0) == (len(ALL), True)  # one part of each round is always counted
    assert [searching.to_row(each)["start_s"] for each in found[-2:]] == [12, 12.6]
    with pytest.raises(InvalidInput, match="where a list goes on"):
        searching.read_key(["east", "0", "east_0", 0])


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ('label = "A"', "not a valid search.*write two"),
        ("loudness > 3", "no 'loudness'"),
        ("label > 3", "is a text"),
        ("label", "cannot contain 'label'"),
        ('near("A")', "a label and 0 to 3600 seconds"),
        ('near("A", -1)', "a label and 0 to 3600 seconds"),
        ('overlaps("A", 2)', "takes one text"),
        ('eval("1")', "cannot call"),
        ("label in 3", "comes a list"),
        ('label is "A"', "compared by"),
        ("duration + 1 > 2", "Expected a name, a number or a text"),
        ("x" * 501, "1 to 500 characters"),
    ],
)
def test_what_cannot_be_searched_for_is_refused_with_a_reason(where: str, message: str) -> None:
    with pytest.raises(ExpressionFault, match=message):
        searching.read(where)


@pytest.mark.usefixtures("sound")
def test_what_was_found_gets_another_label_in_one_act_that_is_undone(workspace: Workspace) -> None:
    where = ' label == "A"\nand near("noise", 1) '
    asked = {"act_id": "s", "round_id": "east", "where": where, "label": "B", "who": "Di"}
    preview = searching.preview_split(workspace, round_id="east", where=where)
    assert (preview.annotations, preview.sessions) == (1, 1)
    done = searching.split_label(workspace, **asked)
    assert (done.act.changed, done.act.how, done.act.query) == (1, "query", 'label == "A" and near("noise", 1)')
    assert find(workspace, 'label == "B"', "east") == ["e0 B3", "e0 B5", "e1 B0"]
    answer = latest_answers(workspace, "east")["east_0"]
    assert (answer.annotator, answer.revision, answer.outcome) == ("Di", 2, Outcome.LABELLED)
    assert searching.split_label(workspace, **asked).repeated
    with pytest.raises(Conflict, match="used before"):
        searching.split_label(workspace, **{**asked, "where": "unsure"})
    [record] = label_acts.list_records(workspace, round_id="east")
    assert record.what == 'gave B: 1 box (label == "A" and near("noise", 1))'
    label_acts.undo_deletion(workspace, act_id="u", undoes="s", who="Di")
    assert find(workspace, 'label == "B"', "east") == ["e0 B3", "e1 B0"]
    searching.split_label(workspace, act_id="r", round_id="east", where="unsure", label="", who="Di")
    assert find(workspace, "", "east") == [each for each in ALL[:6] if each != "e0 B3"]
    for wrong, message in (({"where": "duration > 9"}, "finds no annotation"), ({"where": " "}, "finds all of them")):
        with pytest.raises(InvalidInput, match=message):
            searching.split_label(workspace, **{**asked, "act_id": "n", **wrong})
    with pytest.raises(InvalidInput, match="not in the round's list"):
        searching.split_label(workspace, **{**asked, "act_id": "n", "label": "C"})
