"""The editor in Firefox: draw, play, submit and verify, and no error in its console (``make test-firefox``)."""

from pathlib import Path

import pytest

from podcast_core.domain.submission import Outcome
from tests.browser.conftest import Answers, NewRound
from tests.browser.firefox import Firefox, find_firefox, run_firefox
from tests.serving import Server

pytestmark = [
    pytest.mark.firefox,
    pytest.mark.skipif(not find_firefox(), reason="Firefox is not installed (Debian: apt-get install firefox-esr)"),
]

BOXES = "editor.querySelectorAll('[data-region-id]').length"


def wait_ready(firefox: Firefox, *, after: str = "") -> str:
    """Wait until a session (another one than ``after``) can be worked on; its id."""
    ready = "editor && editor.dataset.state === 'ready' && editor.dataset.sessionId"
    session_id: str = firefox.wait_for(f"{ready} !== {after!r} && {ready}")
    return session_id


def wait_sent(firefox: Firefox) -> None:
    """Wait until the server has acknowledged every answer."""
    firefox.wait_for("!Object.keys(localStorage).some((key) => key.startsWith('podcast:outbox:'))")


def test_draw_play_submit_and_verify(server: Server, new_round: NewRound, answers: Answers, tmp_path: Path) -> None:
    round_ = new_round(2)
    with run_firefox(tmp_path / "profile") as firefox:
        firefox.go(f"{server.url}/label?round={round_.id}")
        first = wait_ready(firefox)
        area = firefox.ask("editor.querySelector('svg.overlay').getBoundingClientRect().toJSON()")

        boxes = firefox.ask(BOXES)
        x, y = area["x"] + area["width"] / 10, area["y"] + area["height"] / 4
        firefox.drag((x, y), (x + 30, y + 80), key="Control")
        firefox.wait_for(f"{BOXES} === {boxes + 1}")

        time = "editor.querySelector('.time').textContent"
        firefox.press("Escape")
        still = firefox.ask(time)
        firefox.press("Space")
        firefox.wait_for(f"{time} !== {still!r} && editor.querySelector('[data-ref=play]').ariaLabel === 'Pause'")
        firefox.press("Space")
        firefox.wait_for("editor.querySelector('[data-ref=play]').ariaLabel === 'Play'")

        firefox.press("Enter")
        second = wait_ready(firefox, after=first)
        wait_sent(firefox)
        (answer,) = answers(round_.id)
        assert (answer.session_id, answer.outcome) == (first, Outcome.LABELLED)
        assert len(answer.annotations) == boxes + 1

        firefox.press("v")
        count = "editor.querySelector('.verify .count').textContent"
        total = firefox.ask(BOXES)
        for number in range(1, total + 1):
            firefox.wait_for(f"{count}.includes('prediction {number} of {total}')")
            firefox.press("y")
        firefox.wait_for(f"editor.dataset.sessionId !== {second!r} || editor.dataset.state !== 'ready'")
        wait_sent(firefox)
        _, verified = answers(round_.id)
        assert (verified.session_id, verified.outcome) == (second, Outcome.VERIFIED)
        assert firefox.mistakes == []
