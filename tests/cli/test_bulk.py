from podcast_core.domain.bulk_act import BulkDeed
from podcast_core.domain.round import Round
from podcast_core.services.labels import bulk
from podcast_core.services.labels.bulk import BulkRequest
from podcast_core.services.labels.bulk_answers import BulkStretch
from podcast_core.workspace import Workspace
from tests.cli.conftest import Run


def test_what_was_done_in_bulk_is_listed_and_taken_back(workspace: Workspace, run: Run, round_of_ten: Round) -> None:
    stretches = [
        BulkStretch(session_id="ten_0002", start_s=2.25, end_s=2.5),
        BulkStretch(session_id="ten_0003", start_s=3.25, end_s=3.5),
    ]
    request = BulkRequest("act", round_of_ten.id, BulkDeed.LABEL, stretches, "Bo", "call", heard=2, agreed=2)
    bulk.act_in_bulk(workspace, request)
    status, out, _ = run("bulk", "list", "ten")
    assert (status, out.split("\t")[2:]) == (0, ["Bo", "label call: 2 of 2 clips (lasso, 2 of 2 heard)\n"])
    status, out, _ = run("bulk", "undo", "act")
    assert (status, out.partition(".")[0]) == (0, "2 clips restored")
    first, second = run("bulk", "list", "ten")[1].splitlines()
    assert first.endswith("undo of act")
    assert "\tundone by " in second
    status, _, err = run("bulk", "undo", "act")
    assert (status, "undid this on" in err) == (1, True)
    status, _, err = run("bulk", "undo", "none")
    assert (status, "no bulk act 'none'" in err) == (1, True)
