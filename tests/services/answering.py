"""Answers and claims in the round of ten."""

from dataclasses import replace
from typing import Any

from podcast_core.domain.answer import Answer, AnswerBox
from podcast_core.services.labels import claiming
from podcast_core.workspace import Workspace
from tests import building


def make_answer(session_id: str = "ten_0000", **changes: Any) -> Answer:
    box = AnswerBox(0.25, 0.5, "call", low_hz=100.0, high_hz=2000.0)
    return replace(building.make_answer("ten", session_id, box), **changes)


def claim(workspace: Workspace, holder: str, **more: Any) -> claiming.Claimed:
    return claiming.claim_next(workspace, round_id="ten", holder=holder, annotator=holder, **more)


def ids(claimed: claiming.Claimed) -> list[str]:
    return [view.session.id for view in claimed.views]
