"""Collections: the store is the truth about them, and clips are called what the answers that count say."""

import pytest
from sqlalchemy import delete

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.clip import Clip, ClipAct, ClipDeed, Subset
from podcast_core.domain.collection import Collection, Unit
from podcast_core.domain.review import Verdict
from podcast_core.domain.round import Round
from podcast_core.domain.submission import Outcome
from podcast_core.errors import InvalidInput
from podcast_core.services.labels import archive, review
from podcast_core.services.store import doctor
from podcast_core.services.store.rebuild import rebuild
from podcast_core.storage import clips, schema
from podcast_core.workspace import Workspace
from tests.beside import dump
from tests.building import submit
from tests.services.exploring import add_collection, draw_pca, move_clips

TABLES = (schema.clip_acts, schema.clips, schema.collections)


@pytest.fixture
def ten(workspace: Workspace, round_of_ten: Round) -> str:
    """A collection of 40 windows of a quarter of a second, of round ``ten``."""
    doctor.examine(workspace, repair=True)  # the round is in the store
    return add_collection(workspace, round_of_ten.id)


def labels_of(workspace: Workspace, collection_id: str) -> dict[int, str]:
    with workspace.database.reading() as connection:
        found = clips.read_columns(connection, collection_id, ["number", "label"])
    return {int(number): label for number, label in zip(found["number"], found["label"], strict=True) if label}


def answer(
    workspace: Workspace, name: str, session_id: str, *boxes: AnswerBox, outcome: Outcome = Outcome.LABELLED
) -> None:
    submit(workspace, "ten", session_id, *boxes, outcome=outcome, submission_id=name)


def test_clips_are_called_what_the_answer_that_counts_says(workspace: Workspace, ten: str) -> None:
    answer(workspace, "one", "ten_0002", AnswerBox(0.0, 0.375, "call"), AnswerBox(0.3, 1.0, "whistle"))
    assert labels_of(workspace, ten) == {8: "call", 9: "whistle", 10: "whistle", 11: "whistle"}
    answer(workspace, "two", "ten_0002", AnswerBox(0.6, 0.64, "call"))
    assert labels_of(workspace, ten) == {10: "call"}
    answer(workspace, "three", "ten_0003", outcome=Outcome.EMPTY)
    answer(workspace, "four", "ten_0002", outcome=Outcome.SKIPPED)
    assert labels_of(workspace, ten) == {10: "call"}
    archive.rename_label(workspace, round_id="ten", old="call", new="cry", who="Ann")
    assert labels_of(workspace, ten) == {10: "cry"}
    review.review_submission(
        workspace, review_id="no", submission_id="two", reviewer="Rita", verdict=Verdict.REJECT
    )  # fmt: skip
    assert labels_of(workspace, ten) == {}
    review.review_submission(
        workspace, review_id="yes", submission_id="two", reviewer="Rita", verdict=Verdict.ACCEPT
    )  # fmt: skip
    assert labels_of(workspace, ten) == {10: "cry"}
    archive.archive_recording(workspace, round_id="ten", recording_id="a" * 16, who="Ann", is_archived=True)
    assert labels_of(workspace, ten) == {}


def test_rows_of_collections_come_back_from_their_objects(workspace: Workspace, ten: str) -> None:
    answer(workspace, "one", "ten_0002", AnswerBox(0.0, 0.375, "call"))
    move_clips(workspace, ten, [1, 2], Subset.DEV, "m")
    rows = dump(workspace)
    with workspace.database.writing() as connection:
        for table in TABLES:
            connection.execute(delete(table))
    found = {each.title: len(each.names) for each in doctor.examine(workspace, repair=True).findings}
    assert {name: found.get(f"{name} without a row") for name in ("collection", "part of a collection")} == {
        "collection": 1,
        "part of a collection": 1,
    }
    assert found["act on clips without a row"] == 2
    assert dump(workspace) == rows
    assert rebuild(workspace, replace=True).problems == ()
    assert dump(workspace) == rows


def test_objects_of_collections_come_back_from_their_rows_and_lost_vectors_are_named(
    workspace: Workspace, ten: str
) -> None:
    move_clips(workspace, ten, [1, 2], Subset.DEV, "m")
    draw_pca(workspace, ten)
    draw_pca(workspace, ten)
    folder = workspace.settings.data_dir / "store" / "explore" / ten
    before = {path: path.read_bytes() for path in folder.rglob("*.json")}
    assert len(before) == 7
    for number, path in enumerate(before):
        if number % 2:
            path.write_bytes(b"{")
        else:
            path.unlink()
    doctor.examine(workspace, repair=True, contents=True)
    after = {path: path.read_bytes() for path in folder.rglob("*.json")}
    errors = b'"made up"'  # of a part whose object is lost, the reasons are those of now
    assert {path: data.replace(errors, b'""') for path, data in after.items() if path.name != "end.json"} == {
        path: data for path, data in before.items() if path.name != "end.json"
    }
    assert after[folder / "end.json"] == before[folder / "end.json"]
    (folder / "vectors" / "0000.npy").unlink()
    findings = {each.title: each.names for each in doctor.examine(workspace, contents=True).findings}
    assert findings["part of a collection has no vectors"] == (f"explore/{ten}/vectors/0000.npy",)
    assert not [title for title in findings if "differs" in title]


def test_a_collection_that_has_lost_clips_is_not_ready(workspace: Workspace, ten: str) -> None:
    folder = workspace.settings.data_dir / "store" / "explore" / ten
    (folder / "clips" / "0000.json").unlink()
    with workspace.database.writing() as connection:
        for table in TABLES:
            connection.execute(delete(table))
    found = rebuild(workspace, replace=True)
    assert any("some of its clips are missing" in each.reason for each in found.problems)
    assert not any(each.is_label for each in found.problems)


def test_nouns_refuse_what_cannot_be() -> None:
    with pytest.raises(InvalidInput, match=r"Windows, and only windows, have a length and a hop, found None s"):
        Collection("c", "r", "C", Unit.WINDOW, "mean-mfcc/1", "Ann")
    with pytest.raises(InvalidInput, match="neither a recording nor a reason"):
        Clip(collection_id="c", number=0, session_id="", recording_id="", channel=0, start_s=0.0, end_s=0.0)
    with pytest.raises(InvalidInput, match="names the subset"):
        ClipAct("a", "c", ClipDeed.SUBSET, (1,), "Ann")
    with pytest.raises(InvalidInput, match="clips count from 0"):
        ClipAct("a", "c", ClipDeed.EVICT, (-1,), "Ann")
