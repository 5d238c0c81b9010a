"""A client of `/api/v1` for scripts and notebooks. It needs no server code, and nothing besides Python and pydantic.

>>> client = Client("http://127.0.0.1:8501")
>>> job_id = client.add_recordings(["night.wav"], round_name="Night")
>>> client.wait_for_job(job_id)["state"]
'done'

Each module holds the calls of the routes in the module of its name in `api` (or `api/explore`). Answers have the shapes
of `podcast_core.wire`.
"""

from podcast_core.client.acts import ActCalls
from podcast_core.client.adjudication import AdjudicationCalls
from podcast_core.client.agile import ClassifierCalls
from podcast_core.client.annotations import AnnotationCalls
from podcast_core.client.assignments import AssignmentCalls
from podcast_core.client.boxes import BoxCalls
from podcast_core.client.bulk import BulkCalls
from podcast_core.client.calibration import CalibrationCalls
from podcast_core.client.claims import ClaimCalls
from podcast_core.client.collections import CollectionCalls
from podcast_core.client.density import DensityCalls
from podcast_core.client.examples import ExampleCalls
from podcast_core.client.exchange import ExchangeCalls
from podcast_core.client.figures import FigureCalls
from podcast_core.client.fill_ins import FillInCalls
from podcast_core.client.hearing import HearingCalls
from podcast_core.client.history import HistoryCalls
from podcast_core.client.imports import ImportCalls
from podcast_core.client.jobs import JobCalls
from podcast_core.client.live import LiveCalls
from podcast_core.client.ltsa import LtsaCalls
from podcast_core.client.maps import MapCalls
from podcast_core.client.margin import MarginCalls
from podcast_core.client.measurements import MeasurementCalls
from podcast_core.client.models import ModelCalls
from podcast_core.client.opening import OpeningCalls
from podcast_core.client.people import PeopleCalls
from podcast_core.client.prediction_sets import PredictionSetCalls
from podcast_core.client.progress import ProgressCalls
from podcast_core.client.recordings import RecordingCalls
from podcast_core.client.releases import ReleaseCalls
from podcast_core.client.reviews import ReviewCalls
from podcast_core.client.rounds import RoundCalls
from podcast_core.client.rules import RuleCalls
from podcast_core.client.runs import RunCalls
from podcast_core.client.search import SearchCalls
from podcast_core.client.selection import SelectionCalls
from podcast_core.client.sessions import SessionCalls
from podcast_core.client.sheets import SheetCalls
from podcast_core.client.statistics import StatisticsCalls
from podcast_core.client.submissions import SubmissionCalls
from podcast_core.client.subsets import SubsetCalls
from podcast_core.client.tokens import TokenCalls
from podcast_core.client.trainings import TrainingCalls
from podcast_core.client.verification import VerificationCalls
from podcast_core.client.verification_samples import VerificationSampleCalls
from podcast_core.client.work import WorkCalls

__all__ = ["Client"]


class Client(
    ActCalls,
    AdjudicationCalls,
    AnnotationCalls,
    AssignmentCalls,
    BoxCalls,
    BulkCalls,
    CalibrationCalls,
    ClaimCalls,
    ClassifierCalls,
    CollectionCalls,
    DensityCalls,
    ExampleCalls,
    ExchangeCalls,
    FigureCalls,
    FillInCalls,
    HearingCalls,
    HistoryCalls,
    ImportCalls,
    JobCalls,
    LiveCalls,
    LtsaCalls,
    MapCalls,
    MarginCalls,
    MeasurementCalls,
    ModelCalls,
    OpeningCalls,
    PredictionSetCalls,
    RecordingCalls,
    ReleaseCalls,
    ReviewCalls,
    RoundCalls,
    RuleCalls,
    RunCalls,
    SearchCalls,
    SelectionCalls,
    SessionCalls,
    SheetCalls,
    StatisticsCalls,
    ProgressCalls,
    SubmissionCalls,
    SubsetCalls,
    PeopleCalls,
    TokenCalls,
    TrainingCalls,
    VerificationCalls,
    VerificationSampleCalls,
    WorkCalls,
):
    """A Pod.Cast server; see `connection.Connection` for how to make one."""
