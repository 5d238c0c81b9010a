"""A session whose predictions were judged in part: who opens it next goes on where that ended."""

import re

import pytest
from playwright.sync_api import expect

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.prediction import Prediction
from podcast_core.domain.submission import Outcome
from podcast_core.services.labels import rounds, session_views
from podcast_core.workspace import Workspace
from tests.browser.conftest import Answers, NewRound, OpenEditor
from tests.building import list_sessions, submit


@pytest.fixture
def verified_in_part(served: Workspace, new_round: NewRound) -> tuple[str, list[Prediction]]:
    """A round of one session: its first prediction was kept with notes, the second rejected, the rest not judged."""
    round_id = new_round(1).id
    [session] = list_sessions(served, round_id)
    view = session_views.get_view(served, round_id=round_id, session_id=session.id)
    kept, rejected, *left = view.predictions
    assert left
    box = AnswerBox(
        *(view.session.to_session_s(kept.start_s), view.session.to_session_s(kept.end_s), kept.label),
        low_hz=kept.low_hz,
        high_hz=kept.high_hz,
        prediction_id=kept.id,
        comment="faint",
        unsure=True,
        individual="J35",
        call_type="S1",
    )
    judged = {"rejected_prediction_ids": (rejected.id,), "unreviewed_prediction_ids": tuple(each.id for each in left)}
    submit(served, round_id, view.session.id, box, who="Bob", outcome=Outcome.VERIFIED, **judged)
    return round_id, view.predictions


def test_it_is_still_in_the_queue_and_starts_from_what_was_kept_and_what_is_left(
    served: Workspace, open_editor: OpenEditor, answers: Answers, verified_in_part: tuple[str, list[Prediction]]
) -> None:
    round_id, (kept, rejected, *left) = verified_in_part
    editor = open_editor(round_id)
    editor.wait_ready()
    expect(editor.root).to_contain_text(re.compile(r"verified, the rest not searched, by Bob"))
    expect(editor.root).to_contain_text(f"Not judged yet: {len(left)} prediction")
    expect(editor.root).to_contain_text("You go on where that ended")
    assert len(editor.boxes()) == 1 + len(left)
    editor.root.locator("[data-ref=submit]").click()
    expect(editor.root).to_contain_text("This round is done (")
    newest = answers(round_id)[-1]
    assert newest.outcome is Outcome.LABELLED
    assert [each.prediction_id for each in newest.annotations] == [kept.id, *[each.id for each in left]]
    assert [each.id for each in newest.rejected] == [rejected.id]
    assert newest.unreviewed == ()
    noted = newest.annotations[0]
    assert (noted.comment, noted.unsure, noted.individual, noted.call_type) == ("faint", True, "J35", "S1")
    assert rounds.count_open(served, round_id=round_id) == 0


def test_a_second_tab_is_told_who_holds_it(
    open_editor: OpenEditor, verified_in_part: tuple[str, list[Prediction]]
) -> None:
    round_id, _ = verified_in_part
    session_id = open_editor(round_id).wait_ready()
    second = open_editor(round_id, session_id)
    second.wait_ready()
    expect(second.root).to_contain_text(re.compile(r"Not judged yet: \d+ predictions?\. Held by .+ until"))
    expect(second.root.locator("[data-ref=submit]")).to_be_disabled()
