import pytest

from podcast_core.services.labels import rounds
from podcast_core.workspace import Workspace
from tests.cli.conftest import Run


@pytest.mark.usefixtures("round_of_ten")
class TestSelect:
    def test_the_pools_are_counted_and_the_round_is_made(self, workspace: Workspace, run: Run) -> None:
        status, out, _ = run("select", "ten", "--round", "to label", "--unreviewed", "20")
        assert status == 0
        assert out.splitlines() == [
            "candidate: 1 session (0.0 min), 1 chosen",
            "negative: 0 sessions (0.0 min), 0 chosen",
            "unreviewed: 9 sessions (0.1 min), 2 chosen",
            "Round to_label: 3 sessions added, 0 were already there.",
        ]
        assert sum(rounds.count_standings(workspace, round_id="to_label").values()) == 3

    def test_a_time_without_a_zone_and_thresholds_that_cross_are_explained(self, run: Run) -> None:
        status, _, err = run("select", "ten", "--round", "x", "--from", "2021-07-17 00:30")
        assert (status, "or give --zone" in err) == (1, True)
        status, _, err = run("select", "ten", "--round", "x", "--high", "0.1", "--low", "0.2")
        assert (status, "must not be above the upper one" in err) == (1, True)

    def test_without_known_times_a_span_leaves_everything_out_and_says_so(self, run: Run) -> None:
        status, out, err = run("select", "ten", "--round", "x", "--from", "2021-07-17T00:30:00Z")
        assert status == 0
        assert "0 sessions added" in out
        assert "Left out, outside the time span or without a known time: 10 sessions." in err
