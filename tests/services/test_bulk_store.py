"""Bulk acts in the store: what was cut off, lost or broken, and a rebuild."""

import os

import pytest

from podcast_core.domain.annotation import Origin
from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.round import Round
from podcast_core.domain.submission import Outcome
from podcast_core.errors import Conflict, InvalidInput, StorageUnavailable
from podcast_core.services.labels import archive, bulk
from podcast_core.services.store import doctor, rebuild
from podcast_core.storage import submissions
from podcast_core.workspace import Workspace
from tests.services.bulk import answer, boxes, clip, everything, label, predicted, undo

pytestmark = pytest.mark.usefixtures("round_of_ten")


def test_an_act_cut_off_between_store_and_database_is_finished_by_the_next_try_or_by_the_doctor(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise StorageUnavailable("the disk is full")

    with monkeypatch.context() as cut:
        cut.setattr(submissions, "add_submissions", fail)
        for index in (2, 3):
            with pytest.raises(StorageUnavailable):
                label(workspace, clip(index), id=f"act{index}")
    assert not label(workspace, clip(2), id="act2").repeated
    titles = {each.title for each in doctor.examine(workspace, repair=True).findings}
    assert {"answer without a row", "bulk act without a row"} <= titles
    assert label(workspace, clip(3), id="act3").repeated
    assert (boxes(workspace, 2), boxes(workspace, 3)) == ([(0.25, "call", Origin.BULK)],) * 2
    assert trouble(workspace) == []


@pytest.mark.usefixtures("ready")
def test_a_rebuild_from_the_store_gives_the_same(workspace: Workspace) -> None:
    answer(workspace, 2, Outcome.LABELLED, AnswerBox(0.0, 0.125, "whistle", comment="faint"))
    done = label(workspace, clip(2), clip(3), predicted("p-1"))
    answer(workspace, 3, Outcome.LABELLED, AnswerBox(0.25, 0.5, "call"), who="Cy", base=1)
    undo(workspace, done)
    label(workspace, clip(5))
    archive.rename_label(workspace, round_id="ten", old="call", new="song", who="Bo")
    before, acts = everything(workspace), bulk.list_acts(workspace, round_id="ten")
    assert trouble(workspace) == []
    rebuild.rebuild(workspace, replace=True)
    assert (everything(workspace), bulk.list_acts(workspace, round_id="ten")) == (before, acts)
    assert boxes(workspace, 5) == [(0.25, "song", Origin.BULK)]
    assert trouble(workspace) == []


@pytest.mark.usefixtures("ready")
def test_a_lost_or_broken_object_is_written_again_from_its_rows(workspace: Workspace) -> None:
    label(workspace, clip(2), clip(3), id="act")
    key = "bulk/act.json"
    data = workspace.files.read(key)
    path = workspace.files.url(key)
    assert isinstance(path, str)
    with open(path, "wb") as file:
        file.write(data[:100])
    with pytest.raises(InvalidInput, match="1 of the answers and reviews would be left out"):
        rebuild.rebuild(workspace, replace=True)
    doctor.examine(workspace, repair=True, contents=True)
    assert workspace.files.read(key) == data
    os.unlink(path)
    assert trouble(workspace) == ["bulk act without an object"]
    with pytest.raises(Conflict, match="holds facts that the store does not"):
        rebuild.rebuild(workspace, replace=True)
    doctor.examine(workspace, repair=True)
    assert workspace.files.read(key) == data


@pytest.fixture
def ready(workspace: Workspace, round_of_ten: Round) -> None:
    """Bring what the fixtures put into the database only into the store."""
    assert round_of_ten.id == "ten"
    doctor.examine(workspace, repair=True)


def trouble(workspace: Workspace) -> list[str]:
    """What the doctor finds, beside the recording that the fixtures made up."""
    return [each.title for each in doctor.examine(workspace, contents=True).findings if "recording" not in each.title]
