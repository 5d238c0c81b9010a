from collections.abc import Callable
from pathlib import Path

import pytest

from podcast_core.domain.release import Release
from podcast_core.domain.submission import Outcome
from podcast_core.errors import Conflict, InvalidInput
from podcast_core.services.intake import ingest
from podcast_core.services.sets import held_out, releases
from podcast_core.services.sets.release_plan import plan_release
from podcast_core.services.sets.release_store import list_releases
from podcast_core.storage import recordings
from podcast_core.workspace import Workspace
from tests.building import list_recordings, list_sessions
from tests.services.releases import RECORDING_COUNT, add_recordings, answer, ask

MakeWav = Callable[..., Path]


def create(workspace: Workspace, **changes: object) -> Release:
    """Make a release without audio: nothing here is about samples."""
    return releases.create_release(workspace, request=ask(**{"audio": "none", "formats": ("csv",), **changes})).release


@pytest.mark.usefixtures("bay")
class TestSplit:
    def test_nothing_is_in_two_splits(self, workspace: Workspace) -> None:
        release = create(workspace, group_by="encounter", gap_s=30 * 60.0, seed="7")
        for column in ("sha256", "group"):
            splits: dict[str, set[str]] = {}
            for row in release.sessions:
                splits.setdefault(row[column], set()).add(row["split"])
            assert all(len(each) == 1 for each in splits.values())

    def test_encounters_hold_together_what_is_near_in_time(self, workspace: Workspace, make_wav: MakeWav) -> None:
        path = make_wav("bay/20240601_130000.wav", seconds=4, seed=99)
        ingest.ingest(workspace, paths=[str(path)], round_name="bay", session_length_s=1, site="Bay")
        answer(workspace, "20240601_130000_0000", Outcome.EMPTY)
        plan = plan_release(workspace, request=ask(group_by="encounter", gap_s=7200))
        first = [item for item in plan.items if item.entry.session.id.startswith("20240601")]
        assert len({item.group for item in first}) == 1
        assert len({item.group for item in plan.items}) == RECORDING_COUNT

    def test_one_site_cannot_be_split_by_site(self, workspace: Workspace) -> None:
        with pytest.raises(InvalidInput, match="1 group cannot be split into train, dev, test"):
            plan_release(workspace, request=ask(group_by="site"))
        assert set(plan_release(workspace, request=ask(group_by="site", proportions=(0, 0, 1))).balance) == {"test"}

    def test_a_new_version_keeps_the_split_of_the_one_before(self, workspace: Workspace, make_wav: MakeWav) -> None:
        first = create(workspace)
        add_recordings(workspace, make_wav, range(RECORDING_COUNT, RECORDING_COUNT + 6))
        second = create(workspace)
        assert (first.id, second.id) == ("bay/1", "bay/2")
        before = {session["sha256"]: session["split"] for session in first.sessions}
        now = {session["sha256"]: session["split"] for session in second.sessions}
        assert before.items() <= now.items()
        assert len(now) == RECORDING_COUNT + 6
        assert second.document["based_on"] == "bay/1"
        afresh = plan_release(workspace, request=ask(based_on="none"))
        assert afresh.based_on == ""

    def test_audio_that_another_release_holds_out_is_refused_or_moved_or_left_out(self, workspace: Workspace) -> None:
        test_set = create(workspace, name="exam", held_out="test", proportions=(0.5, 0, 0.5), seed="3")
        held = {session["sha256"] for session in test_set.sessions if session["split"] == "test"}
        with pytest.raises(
            Conflict, match=r"Held out for testing: .*the same recording as .*\(test of release exam/1\)"
        ):
            create(workspace)
        assert not list_releases(workspace, name="bay")
        moved = create(workspace, name="moved", held_out_audio="test", proportions=(0.5, 0, 0.5))
        assert {session["split"] for session in moved.sessions if session["sha256"] in held} == {"test"}
        less = create(workspace, name="less", held_out_audio="leave-out")
        assert not held & {session["sha256"] for session in less.sessions}
        assert less.document["left_out"]["held out elsewhere"] == 3 * len(held)

    def test_what_an_earlier_version_held_out_stays_held_out(self, workspace: Workspace) -> None:
        first = create(workspace, held_out="test", proportions=(0.5, 0, 0.5), seed="3")
        tested = {session["sha256"] for session in first.sessions if session["split"] == "test"}
        for changes in ({}, {"held_out_audio": "leave-out"}, {"based_on": "none", "held_out_audio": "test"}):
            later = create(workspace, title=str(changes), **changes)
            assert {each["split"] for each in later.sessions if each["sha256"] in tested} == {"test"}
        with pytest.raises(Conflict, match=r"test of release bay/1"):
            create(workspace, based_on="none", seed="5")

    def test_held_out_audio_is_refused_as_training_data_in_any_round_and_file(
        self, workspace: Workspace, make_wav: MakeWav
    ) -> None:
        release = create(workspace, held_out="test")
        split_of = {session["session_id"]: session["split"] for session in release.sessions}
        everything = list_sessions(workspace, "bay")
        held_out.check_trainable(workspace, sessions=[each for each in everything if split_of.get(each.id) == "train"])
        tested = next(each for each in everything if split_of.get(each.id) == "test")
        with pytest.raises(Conflict, match="Held out for testing: 1 of 1 piece of training data"):
            held_out.check_trainable(workspace, sessions=[tested])
        # The same audio in another round, and the same minute at the same site in another file.
        with workspace.database.reading() as connection:
            recording = recordings.get_recording(connection, tested.recording_id)
        copy = make_wav(f"again/{recording.file_name}", seconds=9, seed=77)
        ingest.ingest(workspace, paths=[recording.uri, str(copy)], round_name="again", session_length_s=60, site="Bay")
        again = list_sessions(workspace, "again")
        copied = next(each for each in list_recordings(workspace) if each.uri == str(copy))
        for each in again:
            with pytest.raises(Conflict, match="the same recording as|the same time at Bay as"):
                held_out.check_trainable(workspace, sessions=[each])
        with pytest.raises(Conflict, match="the same time at Bay"):
            held_out.check_trainable(workspace, whole_recordings=[copied])
