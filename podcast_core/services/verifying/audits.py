"""What an audit says: how many of a round's answers are wrong, from a sample that was drawn at random and reviewed.

Verdicts are the reviews of the answers: accepted ones are right, corrected and rejected ones are wrong. Answers that
were replaced before anybody judged them are passed over. Reviewers judge in the order of their queue, which says
nothing about errors: what is judged so far counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from podcast_core.domain.verification_sample import SampleOf, VerificationSample
from podcast_core.errors import InvalidInput
from podcast_core.ml.measuring.audits import Share, count_more, estimate_audit, estimate_finite
from podcast_core.services.labels import independence
from podcast_core.services.verifying.samples import get_sample
from podcast_core.storage import verification_samples
from podcast_core.storage.verification_samples import JudgedAnswer, Said
from podcast_core.workspace import Workspace

MAX_LISTED = 24  # chosen: two years of one a month


@dataclass(frozen=True, slots=True)
class PartError:
    """How many answers of a person, or with a label, are wrong."""

    name: str
    errors: int
    judged: int
    share: Share | None


@dataclass(frozen=True, slots=True)
class AuditState:
    """An audit and its error rate, in all, by annotator and by label.

    ``more`` is how many more have to be judged until the interval is as narrow as wanted. ``waiting`` has the sessions
    of those that wait.
    """

    sample: VerificationSample
    errors: int
    judged: int
    left_out: int
    share: Share | None
    more: int
    annotators: tuple[PartError, ...]
    labels: tuple[PartError, ...]
    waiting: tuple[str, ...]


def get_audit(
    workspace: Workspace, *, sample_id: str, round_id: str = "", half_width: float | None = None
) -> AuditState:
    """Get what an audit says; another half width than the sample's may be asked for.

    Raises
    ------
    NotFound
        When there is no such sample.
    Forbidden
        When who asks may see their own answers only.
    InvalidInput
        When it is one of predictions.
    """
    sample = get_sample(workspace, sample_id=sample_id, round_id=round_id)
    if sample.of is not SampleOf.ANSWERS:
        raise InvalidInput(f"Sample {sample.id} is one of predictions, not an audit of answers.")
    with workspace.database.reading() as connection:
        independence.get_round(connection, sample.round_id)
        return _read_audit(connection, sample, sample.half_width if half_width is None else half_width)


def list_audits(workspace: Workspace, *, round_ids: Sequence[str]) -> list[AuditState]:
    """List the newest audits of rounds of which something is judged, the oldest first: errors over time.

    At most `MAX_LISTED`. NotFound and Forbidden as `get_audit`.
    """
    with workspace.database.reading() as connection:
        for round_id in round_ids:
            independence.get_round(connection, round_id)
        drawn = [
            sample
            for round_id in round_ids
            for sample in verification_samples.list_samples(connection, round_id)
            if sample.of is SampleOf.ANSWERS
        ]
        newest = sorted(drawn, key=lambda each: (each.drawn_at, each.id))[-MAX_LISTED:]
        found = [_read_audit(connection, sample, sample.half_width) for sample in newest]
    return [each for each in found if each.judged]


def _read_audit(connection: Connection, sample: VerificationSample, width: float) -> AuditState:
    given = verification_samples.read_judged_answers(connection, sample.round_id, sample)
    counted = [each for each in given if each.said in (Said.RIGHT, Said.WRONG)]
    left_out = sum(each.said is Said.LEFT_OUT for each in given)
    size = max(sample.size - left_out, len(counted))
    errors = _count_errors(counted)
    return AuditState(
        sample,
        errors,
        len(counted),
        left_out,
        estimate_audit(errors, len(counted), size),
        _count_more(errors, len(counted), size, width),
        _split(counted, [(each.annotator,) for each in counted]),
        _split(counted, [each.labels for each in counted]),
        tuple(each.session_id for each in given if each.said is Said.WAITING),
    )


def _count_more(errors: int, judged: int, size: int, width: float) -> int:
    def is_enough(count: float, seen: int) -> bool:
        found = estimate_finite(count, seen, size)
        return found is not None and (found.high - found.low) / 2 <= width

    return count_more(is_enough, errors, judged, size)


def _count_errors(given: Sequence[JudgedAnswer]) -> int:
    return sum(each.said is Said.WRONG for each in given)


def _split(counted: Sequence[JudgedAnswer], names: Sequence[Sequence[str]]) -> tuple[PartError, ...]:
    """Count errors by name, those first with most errors. How many there are of a name is not known."""
    groups: dict[str, list[JudgedAnswer]] = {}
    for each, several in zip(counted, names, strict=True):
        for name in several:
            groups.setdefault(name, []).append(each)
    found = [
        PartError(name, _count_errors(group), len(group), estimate_audit(_count_errors(group), len(group)))
        for name, group in groups.items()
    ]
    return tuple(sorted(found, key=lambda each: (-each.errors / each.judged, each.name)))
