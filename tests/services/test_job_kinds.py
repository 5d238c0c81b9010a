"""The kinds of jobs that have no tests of their own elsewhere, run as a worker would, without the worker."""

import re
from typing import Any

import pytest

from podcast_core.domain.round import Round
from podcast_core.services.intake import ingest_job
from podcast_core.services.jobs.kinds import get_kinds
from podcast_core.services.labels import rounds
from podcast_core.worker.runners import get_runners
from podcast_core.workspace import Workspace
from tests.conftest import MakeWav
from tests.working import Running


@pytest.mark.usefixtures("round_of_ten")
def test_candidates_are_selected_as_a_job(workspace: Workspace, round_of_ten: Round) -> None:
    params = {"round_id": "ten", "target_name": "chosen", "high": 0.5, "low": 0.1, "unreviewed": 0.2}
    result = get_runners()["select"](workspace, params, Running())
    assert (result["round_id"], result["sessions"]) == ("chosen", 3)
    assert rounds.get_round(workspace, round_id="chosen").label_names == round_of_ten.label_names
    assert get_runners()["select"](workspace, params, Running())["sessions"] == 0
    assert get_kinds()["select"].describe(params) == "Select candidates: ten to chosen"


def test_every_kind_of_job_has_words_and_a_runner() -> None:
    assert sorted(get_kinds()) == sorted(get_runners())
    titles = [kind.title for kind in get_kinds().values()]
    assert len({re.sub(r"\b(a|an|the)\b|\W", "", title.casefold()) for title in titles}) == len(titles)


def test_an_ingest_finds_its_sources_and_opens_its_round_once(
    workspace: Workspace, make_wav: MakeWav, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []

    def watch(name: str) -> None:
        does = getattr(ingest_job, name)

        def look(*args: Any) -> Any:
            looked.append(name)
            return does(*args)

        monkeypatch.setattr(ingest_job, name, look)

    watch("find_sources")
    watch("open_round")
    folder = make_wav("a.wav", seconds=1).parent
    make_wav("b.wav", seconds=2)
    result = ingest_job.run(workspace, {"paths": [str(folder)], "round_name": "sea"}, Running())
    assert (result["added"], looked) == (2, ["find_sources", "open_round"])
