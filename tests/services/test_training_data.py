from pathlib import Path

import pytest

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.box import Stretch
from podcast_core.domain.bulk_act import BulkDeed
from podcast_core.domain.model import ModelVersion
from podcast_core.domain.review import Verdict
from podcast_core.domain.submission import Outcome
from podcast_core.domain.times import utc_now
from podcast_core.errors import Conflict, InvalidInput, NotFound
from podcast_core.ml.registry.versions import add_version
from podcast_core.services.intake import ingest
from podcast_core.services.labels import bulk, review, rounds
from podcast_core.services.labels.bulk import BulkRequest
from podcast_core.services.labels.bulk_answers import BulkStretch
from podcast_core.services.learning.pieces import TEST, TRAIN, load_pieces
from podcast_core.services.learning.training_data import TrainingPlan, plan_training
from podcast_core.services.learning.training_request import TrainingRequest, read_request
from podcast_core.services.models.lineage import list_learnt
from podcast_core.services.sets import release_store, releases
from podcast_core.services.sets.release_request import ReleaseRequest
from podcast_core.workspace import Workspace
from tests.building import get_session, list_sessions, submit
from tests.services.trainings import answer, ask, label_in_bulk, list_ids, make_pond


@pytest.fixture
def pond(workspace: Workspace, tmp_path: Path) -> Workspace:
    make_pond(workspace, tmp_path)
    return workspace


def release(workspace: Workspace, name: str = "frogs", **changes: object) -> None:
    fields = {"name": name, "round_ids": ("pond",), "licence": "CC0-1.0", "audio": "none", **changes}
    releases.create_release(workspace, request=ReleaseRequest(**fields))  # type: ignore[arg-type]


def recordings_of(plan: TrainingPlan, split: str) -> set[str]:
    return {each.recording.id for each in plan.of(split)}


def test_whole_recordings_are_held_out(pond: Workspace) -> None:
    plan = plan_training(pond, ask(test_share=0.3))
    assert len(plan.pieces) == 12
    assert all(len(plan.of(split)) >= 2 for split in (TRAIN, TEST))
    assert not recordings_of(plan, TRAIN) & recordings_of(plan, TEST)
    assert (plan.shared, plan.warnings, plan.labels) == ((), (), ("high", "low"))
    assert plan.counts[TRAIN]["low"] == 2 * len(recordings_of(plan, TRAIN))
    assert plan == plan_training(pond, ask(test_share=0.3))
    others = {str(plan_training(pond, ask(test_share=0.3, seed=seed)).pieces) for seed in range(5)}
    assert len(others) > 1


def test_labels_given_in_bulk_are_told_and_can_be_left_out(pond: Workspace) -> None:
    session = get_session(pond, "pond", list_ids(pond)[0])
    stretches = [BulkStretch(session_id=session.id, start_s=session.start_s + 0.5, end_s=session.start_s + 0.7)]
    bulk.act_in_bulk(pond, BulkRequest("act", "pond", BulkDeed.LABEL, stretches, "Bo", "low"))
    told = plan_training(pond, ask(test_share=0.3))
    assert any("Given in bulk, few of them heard: " in each for each in told.warnings)
    without = plan_training(pond, ask(test_share=0.3, without_bulk=True))
    assert (len(without.pieces), without.left_out["with bulk labels"], without.warnings) == (11, 1, ())


def test_sessions_of_one_recording_are_told_to_be_shared(workspace: Workspace, tmp_path: Path) -> None:
    make_pond(workspace, tmp_path, count=1)
    answer(workspace, list_ids(workspace)[1], AnswerBox(1.0, 1.2, "low"), who="Eve")
    plan = plan_training(workspace, ask())
    assert (len(plan.of(TRAIN)), len(plan.of(TEST))) == (1, 1)
    assert plan.shared == ("2024-06-01_12-00-00.wav",)
    assert "only one recording" in plan.warnings[0]
    assert "share 1 of the recordings" in plan.warnings[-1]


def test_sessions_of_two_rounds_with_the_same_audio_stay_together(pond: Workspace, tmp_path: Path) -> None:
    rounds.add_round(pond, name="again", labels=["low", "high"])
    paths = sorted(str(path) for path in (tmp_path / "pond").glob("*.wav"))
    ingest.ingest(pond, paths=paths, round_name="again", session_length_s=8)
    wholes = [each.id for each in list_sessions(pond, "again")]
    for session_id in wholes:
        answer(pond, session_id, AnswerBox(1.0, 1.2, "low"), round_id="again")
    plan = plan_training(pond, ask(round_ids=("pond", "again"), group_by="session", test_share=0.4))
    assert len(plan.pieces) == 18
    assert plan.shared == ()
    assert {len(plan.of(split)) % 3 for split in (TRAIN, TEST)} == {0}


def test_only_answers_that_say_all_of_a_session_count(pond: Workspace) -> None:
    first, second, third, fourth, fifth, *_ = list_ids(pond)
    answer(pond, first, AnswerBox(0.5, 0.7, "high"), who="Zoe")  # a second revision
    for session_id, outcome in ((second, Outcome.UNSURE), (fourth, Outcome.VERIFIED)):
        submit(pond, "pond", session_id, who="Eve", outcome=outcome, submission_id=f"u-{session_id}")
    submit(pond, "pond", third, who="Eve", outcome=Outcome.SKIPPED)  # the answer before stays
    review.review_submission(pond, review_id="r", submission_id=f"Ann-{fifth}", reviewer="Eve", verdict=Verdict.REJECT)
    plan = plan_training(pond, ask())
    used = {each.session.id: each.answer.id for each in plan.pieces}
    assert used[first] == f"Zoe-{first}"
    assert used[third] == f"Ann-{third}"
    assert plan.left_out == {"rejected in review": 1, "unsure": 1, "verified": 1}
    older = load_pieces(pond, [{**plan.pieces[0].describe(), "submission_id": f"Ann-{first}"}])
    assert len(older[0].find_calls({})) == 4  # the very answer, though a newer one came
    with pytest.raises(NotFound, match="not in this workspace"):
        load_pieces(pond, [{**plan.pieces[0].describe(), "submission_id": "none"}])


def test_labels_are_merged_and_dropped(pond: Workspace) -> None:
    assert plan_training(pond, ask(labels={"low": "croak", "high": "croak"})).labels == ("croak",)
    assert plan_training(pond, ask(labels={"high": ""})).labels == ("low",)
    with pytest.raises(InvalidInput, match="learns from calls"):
        plan_training(pond, ask(labels={"high": "", "low": ""}))


def test_what_is_held_out_is_tested_on_and_never_learnt_from(pond: Workspace) -> None:
    release(pond, "exam", held_out="test", proportions=(0.5, 0.0, 0.5))
    held = {each["sha256"] for each in release_store.get_release(pond, name="exam").sessions if each["split"] == "test"}
    plan = plan_training(pond, ask())
    assert {each.recording.sha256 for each in plan.of(TEST)} >= held
    assert not {each.recording.sha256 for each in plan.of(TRAIN)} & held
    release(pond, "finals", held_out="all", held_out_audio="test", based_on="none")
    with pytest.raises(Conflict, match="everything is held out"):
        plan_training(pond, ask())
    with pytest.raises(Conflict, match="held out as a whole"):
        plan_training(pond, ask(release="finals"))


def test_a_release_keeps_its_split(pond: Workspace) -> None:
    release(pond, proportions=(0.5, 0.25, 0.25))
    sessions_of = release_store.get_release(pond, name="frogs").sessions
    plan = plan_training(pond, ask(release="frogs/1"))
    assert {each.session.id: each.split for each in plan.pieces} == {
        each["session_id"]: each["split"] for each in sessions_of
    }
    release(pond, "nodev", proportions=(0.5, 0.5, 0.0), based_on="none")
    assert {each.split for each in plan_training(pond, ask(release="nodev")).pieces} == {TRAIN, TEST}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "Frogs!"}, "small letters"),
        ({"round_ids": ()}, "one of the two"),
        ({"kind": "magic"}, "can be trained"),
        ({"group_by": "moon"}, "Held out are whole"),
        ({"budget_s": 5.0, "epochs": 5}, "found both"),
        ({"budget_s": -1.0}, "budget"),
        ({"labels": {"low": " "}}, "A label"),
    ],
)
def test_a_request_is_checked_as_a_whole(changes: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        ask(**changes)


def test_a_request_goes_through_json() -> None:
    request = ask(labels={"low": "croak"}, budget_s=3.0)
    assert read_request(request.to_params()) == request
    with pytest.raises(InvalidInput, match="no parameter colour"):
        read_request({"colour": 1})
    with pytest.raises(InvalidInput, match="cannot be made"):
        read_request({})
    assert isinstance(request, TrainingRequest)


def test_without_answers_there_is_nothing_to_learn(workspace: Workspace) -> None:
    rounds.add_round(workspace, name="pond", labels=["low"])
    with pytest.raises(InvalidInput, match="found no sessions"):
        plan_training(workspace, ask())
    with pytest.raises(NotFound):
        plan_training(workspace, ask(round_ids=("none",)))


def test_sessions_labelled_only_in_bulk_lead_to_label(pond: Workspace, tmp_path: Path) -> None:
    rounds.add_round(pond, name="new", labels=["low"])
    paths = sorted(str(path) for path in (tmp_path / "pond").glob("*.wav"))
    ingest.ingest(pond, paths=paths, round_name="new", session_length_s=8)
    stretches = [BulkStretch(session_id=each.id, start_s=1.0, end_s=1.2) for each in list_sessions(pond, "new")]
    bulk.act_in_bulk(pond, BulkRequest("act", "new", BulkDeed.LABEL, stretches, "Bo", "low"))
    with pytest.raises(InvalidInput, match=f"found {len(stretches)} verified. In a verified .* Submit it on Label"):
        plan_training(pond, ask(round_ids=("new",)))


def test_stretches_labelled_in_bulk_are_learnt_from_on_request_and_never_tested_on(
    pond: Workspace, tmp_path: Path
) -> None:
    labelled = label_in_bulk(pond, tmp_path)
    with pytest.raises(InvalidInput, match="found 6 labelled only in bulk. Submit some on Label"):
        plan_training(pond, ask(round_ids=("new",), with_bulk=True))
    answer(pond, labelled[0], AnswerBox(1.0, 1.2, "low"), round_id="new", who="Eve")
    plan = plan_training(pond, ask(round_ids=("new",), with_bulk=True, labels={"noise": ""}))
    assert [each.session.id for each in plan.of(TEST)] == [labelled[0]]
    assert [each.session.id for each in plan.of(TRAIN)] == labelled[1:]
    assert plan.seconds(TRAIN) == pytest.approx(5 * 0.35)
    assert plan.counts[TRAIN] == {"low": 5}
    assert any(
        "only the stretches that were labelled in bulk are learnt from (1.8 s)" in each for each in plan.warnings
    )
    assert not any("without a call" in each for each in plan.warnings)
    told = plan_training(pond, ask(round_ids=("new",), with_bulk=True)).warnings
    assert any("Nothing that it learns from is without a call." in each for each in told)
    for piece in plan.of(TRAIN):
        (first, calls), (last, none) = piece.cut({"noise": ""})
        ((start_s, end_s),) = [(each.start_s, each.end_s) for each in calls]
        assert (start_s, end_s, first.duration_s) == pytest.approx((0.0, 0.25, 0.25))
        assert (last, none) == (Stretch(3.9, 4.0), [])
    described = [each.describe() for each in plan.pieces]
    assert load_pieces(pond, described) == list(plan.pieces)


def test_what_lies_beside_the_test_is_not_learnt_from_in_bulk(pond: Workspace, tmp_path: Path) -> None:
    """Both rounds hold the same recordings: those that are tested on in one are not learnt from in the other."""
    label_in_bulk(pond, tmp_path)
    plan = plan_training(pond, ask(round_ids=("new", "pond"), with_bulk=True, test_share=0.3))
    assert all(not each.judged for each in plan.of(TEST))
    assert plan.shared == ()
    assert plan.left_out["labelled only in bulk, next to test data"] == len(recordings_of(plan, TEST))
    with pytest.raises(InvalidInput, match="either used or left out"):
        ask(with_bulk=True, without_bulk=True)


def test_a_release_gives_its_stretches_labelled_in_bulk(pond: Workspace, tmp_path: Path) -> None:
    labelled = label_in_bulk(pond, tmp_path)
    for name in labelled[:4]:
        answer(pond, name, AnswerBox(1.0, 1.2, "low"), round_id="new", who="Eve")
    release(pond, round_ids=("new",), outcomes=("labelled", "verified"))
    without = plan_training(pond, ask(release="frogs"))
    plan = plan_training(pond, ask(release="frogs", with_bulk=True))
    assert len(plan.pieces) > len(without.pieces)
    assert {each.split for each in plan.pieces if each.judged} == {TRAIN}


def test_what_a_base_or_its_parent_has_learnt_is_never_tested_on(pond: Workspace) -> None:
    plan = plan_training(pond, ask(test_share=0.4))
    train, test = plan.of(TRAIN), plan.of(TEST)
    told = [each.describe() for each in plan.pieces]
    parent = ModelVersion("old", 1, "energy", ("low",), utc_now(), training={"sessions": told})
    base = ModelVersion("new", 1, "energy", ("low",), utc_now(), parent="old/1", training={"sessions": told[:0]})
    add_version(pond.files, parent)
    for seed in range(5):
        later = plan_training(pond, ask(test_share=0.4, seed=seed), base)
        assert {each.session.id for each in later.of(TRAIN)} >= {each.session.id for each in train}
        assert later.of(TEST)
        assert not any(each.was_learnt(list_learnt(pond.files, base)) for each in later.of(TEST))
    all_learnt = {each.recording.id: each.recording.sha256 for each in (*train, *test)}
    known = ModelVersion("all", 1, "energy", ("low",), utc_now(), training={"recordings": all_learnt})
    with pytest.raises(InvalidInput, match="nothing to test on"):
        plan_training(pond, ask(), known)
