"""What a bucket is asked: one request for a hundred facts at most, where one act makes or reads them all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from podcast_core.domain.bulk_act import BulkDeed
from podcast_core.domain.prediction import PredictionVerdict
from podcast_core.services.exchange import imports
from podcast_core.services.intake.ingest import ingest
from podcast_core.services.labels import bulk, verification
from podcast_core.services.labels.bulk import BulkRequest
from podcast_core.services.labels.bulk_answers import BulkStretch
from podcast_core.services.labels.verification import Item
from podcast_core.services.runs import applying
from podcast_core.services.store import doctor
from podcast_core.services.store.rebuild import rebuild
from podcast_core.workspace import Workspace
from tests.beside import dump
from tests.building import list_predictions, list_sessions
from tests.s3 import Bucket
from tests.services import releases
from tests.services.runs import do_run, write_calls
from tests.services.sea import CSV, TSV

COUNT, BOXES = 200, 5
OF_ITS_OWN = 15  # that there are of each act, whatever its size: lists, the round, a plan, an end


class Asked:
    """Counts the requests of some work, and compares them with the facts that it is about."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    @contextmanager
    def about(self, facts: int) -> Iterator[None]:
        """Check what the block asks for."""
        before = len(self._bucket.proxy.seen)
        yield
        asked = [(each.method, each.path) for each in self._bucket.proxy.seen[before:]]
        assert 0 < len(asked) <= OF_ITS_OWN + facts // 100, asked


def test_a_bucket_is_asked_once_for_a_hundred_facts(s3_workspace: Workspace, bucket: Bucket, tmp_path: Path) -> None:
    workspace, asked = s3_workspace, Asked(bucket)
    calls = tuple((second + 0.2, second + 0.6) for second in range(0, COUNT, 2))
    path = write_calls(tmp_path / "a.wav", calls, seconds=COUNT)
    ingest(workspace, paths=[path], round_name="sea", session_length_s=1.0, labels=("call",))
    assert len(list_sessions(workspace, "sea")) == COUNT
    rows = "".join(f"a.wav\t{at}.2\t0.4\t0.5\tcall\n" for at in range(COUNT))
    with asked.about(COUNT):
        imports.import_predictions(workspace, round_id="sea", files=[("p.tsv", (TSV + rows).encode())], model="net")
    items = [
        Item(session.id, box.id, PredictionVerdict.YES)
        for session in list_sessions(workspace, "sea")
        for box in list_predictions(workspace, "sea", session.id)
    ]
    with asked.about(COUNT):
        verification.give_verdicts(workspace, round_id="sea", verdict_id="all", annotator="Vera", items=items)
    boxes = "".join(f"a.wav,{at}.{one}1,{at}.{one}9,call\n" for at in range(COUNT) for one in range(BOXES))
    with asked.about(COUNT * (BOXES + 1)):
        imports.import_annotations(
            workspace, round_id="sea", files=[("a.csv", (CSV + boxes).encode())], annotator="Bob", supersede=True
        )
    stretches = [
        BulkStretch(session_id=each.id, start_s=each.start_s + 0.6, end_s=each.start_s + 0.7)
        for each in list_sessions(workspace, "sea")
    ]
    with asked.about(COUNT):
        act = BulkRequest(
            id="act", round_id="sea", deed=BulkDeed.LABEL, stretches=stretches, who="Bo", label="call", heard=COUNT
        )
        assert bulk.act_in_bulk(workspace, act).act.changed == COUNT
    with asked.about(COUNT):
        run = do_run(workspace, round_ids=["sea"]).run
    with asked.about(COUNT // 2):
        assert applying.apply_run(workspace, run_id=run.id, round_id="sea").predictions >= COUNT // 2
    with asked.about(COUNT * (BOXES + 2)):
        releases.create(workspace, round_ids=("sea",), audio="none", formats=("csv",), proportions=(1, 0, 0))
    before = dump(workspace)
    facts = COUNT * (BOXES + 8)
    with asked.about(facts):
        assert not rebuild(workspace, replace=True).problems
    assert dump(workspace) == before
    with asked.about(facts):
        assert doctor.examine(workspace).findings == []
