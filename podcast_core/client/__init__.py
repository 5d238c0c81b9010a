"""A client of `/api/v1` for scripts and notebooks. It needs no server code, and nothing besides Python and pydantic.

>>> client = Client("http://127.0.0.1:8501")
>>> job_id = client.add_recordings(["night.wav"], round_name="Night")
>>> client.wait_for_job(job_id)["state"]
'done'

Each module holds the calls about one noun. Answers have the shapes of `podcast_core.wire`.
"""

from podcast_core.client.answers import AnswerCalls
from podcast_core.client.archive import ArchiveCalls
from podcast_core.client.bulk import BulkCalls
from podcast_core.client.candidates import CandidateCalls
from podcast_core.client.collections import CollectionCalls
from podcast_core.client.exchange import ExchangeCalls
from podcast_core.client.exploring import ExploringCalls
from podcast_core.client.jobs import JobCalls
from podcast_core.client.labelling import LabellingCalls
from podcast_core.client.models import ModelCalls
from podcast_core.client.recordings import RecordingCalls
from podcast_core.client.releases import ReleaseCalls
from podcast_core.client.rounds import RoundCalls
from podcast_core.client.rules import RuleCalls
from podcast_core.client.runs import RunCalls
from podcast_core.client.sessions import SessionCalls
from podcast_core.client.sheets import SheetCalls
from podcast_core.client.statistics import StatisticsCalls
from podcast_core.client.tokens import TokenCalls
from podcast_core.client.trainings import TrainingCalls

__all__ = ["Client"]


class Client(
    AnswerCalls,
    ArchiveCalls,
    BulkCalls,
    CandidateCalls,
    CollectionCalls,
    ExchangeCalls,
    ExploringCalls,
    JobCalls,
    LabellingCalls,
    ModelCalls,
    RecordingCalls,
    ReleaseCalls,
    RoundCalls,
    RuleCalls,
    RunCalls,
    SessionCalls,
    SheetCalls,
    StatisticsCalls,
    TokenCalls,
    TrainingCalls,
):
    """A Pod.Cast server; see `connection.Connection` for how to make one."""
