"""Labels for many clips of a collection in one go: clips become stretches of sessions; `labels.bulk` does the rest."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from podcast_core.domain.bulk_act import BulkDeed, How
from podcast_core.domain.clip import Clip
from podcast_core.domain.collection import Unit
from podcast_core.errors import InvalidInput
from podcast_core.services.access import needs
from podcast_core.services.labels import bulk, independence
from podcast_core.services.labels.bulk import BulkDone, BulkRequest
from podcast_core.services.labels.bulk_answers import BulkStretch
from podcast_core.storage import clips
from podcast_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class ClipRequest:
    """What somebody wants to do to clips, by number; see `bulk.BulkRequest`."""

    id: str
    collection_id: str
    deed: BulkDeed
    numbers: Sequence[int]
    who: str
    label: str = ""
    how: How = How.LASSO
    heard: int = 0
    agreed: int = 0
    may_add: bool = False


@needs("label")
def act_on_clips(workspace: Workspace, request: ClipRequest) -> BulkDone:
    """Give clips a label, or take their labels off.

    Raises
    ------
    NotFound
        When there is no such collection.
    InvalidInput
        When it has no such clip, a clip has no audio, or the label cannot be used; nothing is kept then.
    Conflict
        When the round or a recording is archived, or the id was used for another act.
    """
    with workspace.database.reading() as connection:
        collection = independence.get_collection(connection, request.collection_id)
        found = clips.list_clips(connection, request.collection_id, request.numbers)
    known = {each.number for each in found}
    unknown = next((each for each in request.numbers if each not in known), None)
    if unknown is not None:
        raise InvalidInput(f"Collection {collection.name!r} has no clip {unknown}.")
    return bulk.act_in_bulk(
        workspace,
        BulkRequest(
            id=request.id,
            round_id=collection.round_id,
            deed=request.deed,
            stretches=list(_to_stretches(found, collection.unit)),
            who=request.who,
            label=request.label,
            how=request.how,
            heard=request.heard,
            agreed=request.agreed,
            collection_id=request.collection_id,
            may_add=request.may_add,
        ),
    )


def _to_stretches(found: Iterable[Clip], unit: Unit) -> Iterable[BulkStretch]:
    for clip in found:
        if not clip.session_id:
            raise InvalidInput(f"Clip {clip.number} has no audio, so it cannot be labelled: {clip.error}")
        prediction_id = clip.box_id if unit is Unit.PREDICTION else ""
        yield BulkStretch(
            clip.start_s,
            clip.end_s,
            low_hz=clip.low_hz,
            high_hz=clip.high_hz,
            session_id=clip.session_id,
            prediction_id=prediction_id,
            label=clip.label,
        )
