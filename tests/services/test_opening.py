"""Quick open: files looked at without a round, and kept as one."""

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.submission import Outcome
from podcast_core.domain.times import utc_now
from podcast_core.errors import Conflict, InvalidInput
from podcast_core.services.intake import opening
from podcast_core.services.intake.ingest import ingest
from podcast_core.services.intake.uploads import take_uploads
from podcast_core.services.jobs import queue
from podcast_core.services.labels import rounds
from podcast_core.services.pictures.spectrograms import get_picture
from podcast_core.services.sets.release_plan import plan_release
from podcast_core.services.sets.release_request import ReleaseRequest
from podcast_core.services.store import doctor
from podcast_core.services.store.rebuild import rebuild
from podcast_core.settings import Settings
from podcast_core.workspace import Workspace
from tests.beside import dump
from tests.building import list_answers, list_recordings, list_sessions, submit
from tests.conftest import MakeWav
from tests.web import Handler, Server, running
from tests.working import Running, wait_until_ended, working_here


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings that let us fetch from our own machine."""
    return settings.model_copy(update={"allow_private_urls": True, "storage_timeout_s": 10.0})


def open_(workspace: Workspace, *paths: object) -> opening.Opened:
    return opening.open_recordings(workspace, paths=[str(each) for each in paths], who="Ann")


class Site(Server):
    """Serves the files of a folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(SiteHandler)
        self.folder = folder


class SiteHandler(Handler):
    server: Site

    def do_GET(self) -> None:
        path = self.server.folder / self.path.strip("/")
        if path.is_file():
            self.answer_file(path.read_bytes())
        else:
            self.answer(404)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with running(Site(tmp_path)) as server:
        yield server


def test_files_are_looked_at_where_they_lie_and_no_list_has_them(workspace: Workspace, make_wav: MakeWav) -> None:
    path = make_wav("night/20260701_200000.wav", seconds=130, channels=2)
    make_wav("night/b.wav", seed=1)
    (path.parent / "empty.wav").touch()
    (path.parent / "text.wav").write_text("no sound")
    opened = open_(workspace, path.parent)
    round_ = opened.round_
    assert (round_.is_opened, round_.name) == (True, "20260701_200000.wav and 1 more")
    assert [Path(each.path).name for each in opened.failed] == ["empty.wav", "text.wav"]
    assert "empty (0 bytes)" in opened.failed[0].reason
    assert "is text, not audio" in opened.failed[1].reason
    found = list_sessions(workspace, round_.id)
    assert [(each.id, each.channel, each.start_s, each.end_s) for each in found[:4:3]] == [
        ("20260701_200000_ch1_0000", 0, 0.0, 60.0),
        ("20260701_200000_ch2_0001", 1, 60.0, 130.0),
    ]
    assert get_picture(workspace, round_id=round_.id, session_id=found[3].id).data.startswith(b"\xff\xd8")
    assert rounds.list_rounds(workspace, is_archived=None) == []
    assert opening.list_opened(workspace) == [round_]
    assert open_(workspace, path.parent).round_ == round_  # the same again
    assert len(list_recordings(workspace)) == 2
    with pytest.raises(InvalidInput, match="keep it as a round first"):
        plan_release(workspace, request=ReleaseRequest("set", (round_.id,), "unknown"))
    with pytest.raises(InvalidInput, match=r"nowhere: There is no such file or folder\.\s+text\.wav: The file is text"):
        open_(workspace, path.parent / "text.wav", "nowhere")
    before = dump(workspace)
    assert doctor.examine(workspace).findings == []
    rebuild(workspace, replace=True)
    assert dump(workspace) == before


def test_a_file_of_the_web_is_opened_by_its_ends(workspace: Workspace, make_wav: MakeWav, site: Site) -> None:
    size = make_wav("far.wav", seconds=600).stat().st_size
    round_ = open_(workspace, f"{site.url}/far.wav").round_
    assert len(list_sessions(workspace, round_.id)) == 10
    assert site.sent < size / 2
    with pytest.raises(InvalidInput, match=r"gone\.wav"):
        open_(workspace, f"{site.url}/gone.wav")


def test_what_was_opened_becomes_a_round_with_its_answers(workspace: Workspace, make_wav: MakeWav) -> None:
    path = make_wav("dive.wav", seconds=130)
    sent = take_uploads(workspace, [("folder/sent.wav", BytesIO(make_wav("sent.wav", seed=2).read_bytes()))])
    ingest(workspace, paths=[path], round_name="before")  # known already, with sessions of the same ids
    opened = open_(workspace, path, *sent.addresses).round_
    box = AnswerBox(1.0, 2.0, "call", low_hz=100.0, high_hz=900.0)
    submit(workspace, opened.id, "dive_0001", box, who="Bob", comment="near")
    submit(workspace, opened.id, "dive_0000", outcome=Outcome.EMPTY)
    submit(workspace, opened.id, "sent", box)
    with pytest.raises(Conflict, match="before"):
        opening.keep_opened(workspace, round_id=opened.id, round_name="Before", who="Ann")
    with pytest.raises(InvalidInput, match="is a round already"):
        opening.keep_opened(workspace, round_id="before", round_name="new", who="Ann")
    job_id = opening.keep_opened(workspace, round_id=opened.id, round_name="Kept dive", who="Ann")
    with working_here(workspace):
        job = wait_until_ended(workspace, job_id)
    assert job.error == ""
    assert queue.sum_up(job) == "2 recordings added (3 sessions, 2.2 minutes). 3 answers kept."
    kept = rounds.get_named(workspace, name="Kept dive")
    assert [(each.session_id, each.annotator, each.comment) for each in list_answers(workspace, kept.id)] == [
        *(("dive_0000", "Ann", ""), ("dive_0001", "Bob", "near"), ("sent", "Ann", "")),
    ]
    (moved,) = list_answers(workspace, kept.id, "dive_0001")[0].annotations
    assert (moved.start_s, moved.end_s, moved.low_hz, moved.label) == (61.0, 62.0, 100.0, "call")
    assert opening.list_opened(workspace) == []
    submit(workspace, opened.id, "dive_0000", box)  # by somebody who still had it on screen
    again = opening.run(workspace, job.params, Running())  # "Run again", or after a kill
    assert (again["answers"], len(list_answers(workspace, kept.id))) == (4, 4)
    assert open_(workspace, path, *sent.addresses).round_.archived_at is None  # and it is there again


def test_what_nobody_answered_is_archived_after_a_month(
    workspace: Workspace, make_wav: MakeWav, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked, answered = (
        open_(workspace, make_wav(name, seed=seed)).round_ for seed, name in enumerate(("a.wav", "b.wav"))
    )
    submit(workspace, answered.id, "b", outcome=Outcome.EMPTY)
    now = utc_now() + timedelta(days=opening.FORGOTTEN_DAYS + 1)
    monkeypatch.setattr(opening, "utc_now", lambda: now)
    opened = open_(workspace, make_wav("c.wav", seed=3)).round_
    assert [each.id for each in opening.list_opened(workspace)] == [opened.id, answered.id]
    assert looked.id not in {each.id for each in opening.list_opened(workspace)}
