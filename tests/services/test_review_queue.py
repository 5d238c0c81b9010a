"""The queue of Review: what is disputed, what filters find, and queues that are kept under a name."""

import uuid
from datetime import UTC, date, datetime

import pytest

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.bulk_act import BulkDeed
from podcast_core.domain.queue_link import read_params, to_params
from podcast_core.domain.review import Verdict
from podcast_core.domain.round import Round
from podcast_core.domain.submission import Outcome
from podcast_core.domain.summary import Selection
from podcast_core.errors import Conflict, InvalidInput, NotFound
from podcast_core.services.labels import bulk, review, rounds, saved_queues
from podcast_core.services.labels.bulk_answers import BulkStretch
from podcast_core.services.store.rebuild import rebuild
from podcast_core.storage import deriving, summaries
from podcast_core.workspace import Workspace
from tests.building import add_recording, make_recording, make_sessions, submit
from tests.scale.visits import is_ours
from tests.scale.work import watching

CALL, WHISTLE = AnswerBox(0.25, 0.5, "call"), AnswerBox(0.6, 0.7, "whistle")
FIRST = "ten_0001"


def answer(workspace: Workspace, who: str, *boxes: AnswerBox, session_id: str = FIRST, **more: object) -> str:
    return submit(workspace, "ten", session_id, *boxes, who=who, **more).submission.id


def judge(workspace: Workspace, submission_id: str, verdict: Verdict, reviewer: str = "Zoe", comment: str = "") -> None:
    review.review_submission(
        workspace,
        review_id=str(uuid.uuid4()),
        submission_id=submission_id,
        reviewer=reviewer,
        verdict=verdict,
        comment=comment,
    )


def state_of(workspace: Workspace, session_id: str = FIRST) -> str:
    found = review.find_session(workspace, round_id="ten", session_id=session_id)
    assert found is not None
    with workspace.database.reading() as connection:
        assert deriving.find_differences(connection) == []
    return found.review_state


@pytest.mark.usefixtures("round_of_ten")
def test_people_who_saw_other_labels_dispute_an_answer_until_somebody_judges_it(workspace: Workspace) -> None:
    answer(workspace, "Ann", CALL)
    assert state_of(workspace) == "waiting"
    answer(workspace, "Bob", AnswerBox(0.1, 0.9, "call"))
    assert state_of(workspace) == "waiting"  # in which boxes they differ says the page Agreement
    second = answer(workspace, "Bob", CALL, WHISTLE)
    assert state_of(workspace) == "disputed"
    assert review.count_verdicts(workspace, round_id="ten")["disputed"] == 1
    judge(workspace, second, Verdict.ACCEPT)
    assert state_of(workspace) == "accept"
    answer(workspace, "Ann", CALL)
    assert state_of(workspace) == "waiting"  # Bob's was judged already


@pytest.mark.usefixtures("round_of_ten")
def test_only_who_searched_all_of_a_session_disputes_it(workspace: Workspace) -> None:
    answer(workspace, "Ann", CALL, outcome=Outcome.UNSURE)
    answer(workspace, "Cem", outcome=Outcome.SKIPPED)
    answer(workspace, "Bob", WHISTLE)
    assert state_of(workspace) == "waiting"
    empty = answer(workspace, "Ann")
    assert state_of(workspace) == "disputed"
    judge(workspace, empty, Verdict.REJECT)
    answer(workspace, "Bob", WHISTLE)
    assert state_of(workspace) == "waiting"  # what was rejected contradicts nobody


@pytest.mark.usefixtures("round_of_ten")
def test_labels_in_bulk_dispute_nothing(workspace: Workspace) -> None:
    answer(workspace, "Ann", CALL)
    stretch = BulkStretch(1.6, 1.7, session_id=FIRST)
    bulk.act_in_bulk(workspace, bulk.BulkRequest("b", "ten", BulkDeed.LABEL, [stretch], "Bob", "whistle"))
    answer(workspace, "Ann", CALL)
    assert state_of(workspace) == "waiting"


@pytest.mark.usefixtures("round_of_ten")
def test_an_annotator_who_answers_again_after_a_rejection_disputes_it(workspace: Workspace) -> None:
    judge(workspace, answer(workspace, "Ann", CALL), Verdict.REJECT)
    assert state_of(workspace) == "reject"
    answer(workspace, "Bob", CALL)
    assert state_of(workspace) == "waiting"
    answer(workspace, "Ann", CALL)
    assert state_of(workspace) == "disputed"


def find(workspace: Workspace, **asked: object) -> list[str]:
    selection = Selection(**asked)  # type: ignore[arg-type]
    listed = review.list_sessions(workspace, round_id="ten", selection=selection)
    counted = review.count_verdicts(workspace, round_id="ten", selection=selection)
    assert (counted[selection.verdict] if selection.verdict else sum(counted.values())) == len(listed)
    return sorted(each.session_id for each in listed)


@pytest.fixture
def two_nights(workspace: Workspace, round_of_ten: Round) -> Workspace:
    """Beside ``ten``, which has no known time, an hour about midnight in another place: a session every 20 minutes."""
    assert round_of_ten.id == "ten"
    begins = datetime(2026, 5, 31, 23, 10, tzinfo=UTC)
    recording = make_recording("/night.wav", 60, digits="9", started_at=begins, site="North Bay")
    recording_sessions = make_sessions(recording, "ten", "night_{:x}", 3)
    add_recording(workspace, recording, recording_sessions)
    return workspace


def test_filters_find_by_place_time_score_origin_and_words(
    two_nights: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = two_nights
    taken = AnswerBox(0.1, 0.3, "call", prediction_id="p-0")
    edited = AnswerBox(0.5, 0.9, "whistle", prediction_id="p-1")
    first = answer(workspace, "Ann", taken, edited)
    answer(workspace, "Bob", WHISTLE, session_id="ten_0002", comment="Faint, 100 %")
    noted = answer(workspace, "Bob", AnswerBox(0.6, 0.7, "call", comment="a BOAT?"), session_id="night_1")
    assert find(workspace, site="North Bay") == ["night_0", "night_1", "night_2"]
    assert find(workspace, date_from=date(2026, 5, 31), date_to=date(2026, 5, 31)) == ["night_0", "night_1", "night_2"]
    assert find(workspace, date_from=date(2026, 6, 1)) == []
    assert find(workspace, hour_from=23, hour_to=2) == ["night_0", "night_1", "night_2"]
    assert find(workspace, hour_from=0, hour_to=22) == []
    assert find(workspace, score_from=0.2, score_to=0.3) == [FIRST]
    assert find(workspace, score_from=0.3) == []
    assert find(workspace, origin="model_accepted") == [FIRST]
    with workspace.database.reading() as connection, watching(is_ours) as work:
        assert summaries.count_verdicts(connection, "ten", Selection(origin="model_accepted")) == {"waiting": 1}
        sent = next(each for each in work.statements if each.text.startswith("SELECT session_boxes.session_id"))
        if connection.dialect.name == "sqlite":
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sent.text}", sent.parameters).all()
            assert "ix_session_boxes_origin" in str(plan)
    with monkeypatch.context() as patched:
        patched.setattr(summaries, "FEW", 0)  # they are many, and not looked up one by one
        assert find(workspace, origin="model_accepted") == [FIRST]
    assert find(workspace, origin="model_accepted", label="whistle") == []  # they are those of one box
    assert find(workspace, origin="new") == ["night_1", "ten_0002"]
    assert find(workspace, text="boat") == ["night_1"]
    assert find(workspace, text="100 %") == ["ten_0002"]
    assert find(workspace, text="%") == ["ten_0002"]  # it is no pattern
    judge(workspace, first, Verdict.REJECT, comment="Look again")
    judge(workspace, noted, Verdict.ACCEPT, comment="again")
    assert find(workspace, text="AGAIN") == ["night_1", FIRST]
    assert find(workspace, text="again", verdict="accept") == ["night_1"]
    answer(workspace, "Ann", CALL)
    assert find(workspace, text="look") == []  # it was said about an answer that counts no more


def test_a_queue_is_a_link() -> None:
    full = Selection(
        "labelled",
        "Ann",
        "waiting",
        "a & b",
        "newest",
        site="Nord",
        date_from=date(2026, 5, 1),
        hour_from=22,
        hour_to=3,
        score_to=0.5,
        origin="new",
        is_open=False,
    )
    assert read_params(to_params(full)) == full
    assert to_params(Selection()) == {}
    assert read_params({"session": "x", "label": ""}) == Selection()
    for wrong in ({"date_to": "May"}, {"hour_from": "25", "hour_to": "1"}, {"score_from": "2"}, {"origin": "magic"}):
        with pytest.raises(InvalidInput):
            read_params(wrong)
    with pytest.raises(InvalidInput, match="first and a last"):
        read_params({"hour_from": "3"})


def test_queues_are_kept_under_a_name(workspace: Workspace) -> None:
    rounds.add_round(workspace, name="ten", labels=["call"])

    def save(name: str, query: str) -> str:
        return saved_queues.save_queue(workspace, round_id="ten", name=name, query=query, who="Rae").query

    assert save(" Low scores ", "score_to=0.4&sort=lowest+score&session=gone") == "sort=lowest+score&score_to=0.4"
    save("Low scores", "sort=lowest score&score_to=0.4")  # the same again
    save("All", "")
    with pytest.raises(Conflict, match="saved by Rae"):
        save("Low scores", "score_to=0.5")
    with pytest.raises(InvalidInput, match="date_from"):
        save("Wrong", "date_from=yesterday")
    assert [each.name for each in saved_queues.list_queues(workspace, round_id="ten")] == ["All", "Low scores"]
    rebuild(workspace, replace=True)
    saved_queues.delete_queue(workspace, round_id="ten", name="All")
    assert [each.who for each in saved_queues.list_queues(workspace, round_id="ten")] == ["Rae"]
    for act in (
        lambda: saved_queues.delete_queue(workspace, round_id="ten", name="All"),
        lambda: saved_queues.list_queues(workspace, round_id="none"),
    ):
        with pytest.raises(NotFound):
            act()
