from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.round import Round
from podcast_core.workspace import Workspace
from tests.building import submit
from tests.cli.conftest import Run


def test_samples_are_drawn_and_shown(workspace: Workspace, run: Run, round_of_ten: Round) -> None:
    status, out, _ = run("verify", "draw", "ten", "--each", "3", "--band-width", "0.5", "--label", "call")
    sample_id = out.strip()
    assert (status, run("verify", "draw", "ten", "--each", "3", "--band-width", "0.5", "--label", "call")[1]) == (
        0,
        out,
    )
    status, out, _ = run("verify", "show", sample_id)
    assert (status, out.splitlines()) == (
        0,
        ["call\t0.50-1.00\t\t0 of 1\t-\t1 more", "0 judged, 1 left to judge."],
    )
    status, out, _ = run("verify", "thresholds", sample_id)
    assert (status, out) == (0, "call\t0 judged: a threshold needs at least 20, so 20 more.\n")
    status, _, err = run("verify", "thresholds", sample_id, "--keep")
    assert (status, "imported, not found by a model run" in err) == (1, True)
    submit(workspace, round_of_ten.id, "ten_0002", AnswerBox(0.1, 0.3, "call"))
    status, out, _ = run("verify", "audit", "ten")
    assert (status, out.partition(": ")[2]) == (0, "nothing judged yet, 0 judged, 1 left to judge, 1 more needed.\n")
