"""How many clips of a collection have a call: some are drawn once for it, and what people hear in those is kept.

Nothing else counts. What was labelled was labelled for a reason, mostly because it is likely, and would make calls seem
more frequent than they are. There is one draw for each classifier and label: it stays as it is when clips are put out
of sight or labelled later.
"""

import hashlib
import uuid
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from sqlalchemy import Connection

from podcast_core.domain.draw import Draw, DrawAnswer, Heard
from podcast_core.domain.limits import HEARD_PER_BIN
from podcast_core.domain.times import utc_now
from podcast_core.errors import InvalidInput, name_some
from podcast_core.ml.agile.density import Density, draw, estimate_density
from podcast_core.services.access import needs
from podcast_core.services.explore import agile
from podcast_core.services.explore.search import get_space
from podcast_core.services.labels import independence
from podcast_core.services.store import collection_records
from podcast_core.storage import clips, draws
from podcast_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Counted:
    """A draw, what was heard in its clips (by number; nothing that was taken back), and what follows from it."""

    draw: Draw
    heard: Mapping[int, Heard]
    density: Density


@needs("label")
def estimate(
    workspace: Workspace,
    *,
    collection_id: str,
    classifier_id: str,
    label: str,
    heard: Mapping[int, Heard] | None = None,
    per_bin: int = HEARD_PER_BIN,
    who: str = "",
) -> Counted:
    """Estimate how many clips have a call. The first time, clips are drawn for it.

    Parameters
    ----------
    heard
        What somebody has heard in drawn clips; it is kept, and counts beside all that is known.
    per_bin
        How many clips of each range of scores are wanted.
    who
        Who has heard it.

    Raises
    ------
    NotFound
        When there is no such collection or classifier.
    InvalidInput
        When the classifier does not know the label, or a clip was not drawn.
    """
    made = agile.get_classifier(workspace, collection_id=collection_id, classifier_id=classifier_id)
    if label not in made.labels:
        raise InvalidInput(
            f"The classifier does not know {label[:80]!r}: expected one of {name_some(made.labels, 30)}."
        )
    estimate_density((), {}, per_bin=per_bin)  # refuses what cannot be before anything is kept
    who = who or workspace.settings.annotator
    draw_id = f"{classifier_id}-{hashlib.sha256(label.encode()).hexdigest()[:12]}"
    with workspace.database.reading() as connection:
        drawn = draws.find_draw(connection, draw_id)
    if drawn is None:
        drawn = _draw(workspace, Draw(draw_id, collection_id, classifier_id, label, (), who))
    if heard:
        _keep(workspace, drawn, heard, who)
    with workspace.database.reading() as connection:
        return _count(connection, drawn, per_bin)


def list_counted(workspace: Workspace, *, collection_id: str) -> list[Counted]:
    """List what calls were counted of in a collection, the newest first."""
    with workspace.database.reading() as connection:
        independence.get_collection(connection, collection_id)
        found = draws.list_draws(connection, collection_id)
        return [_count(connection, each, HEARD_PER_BIN) for each in reversed(found)]


def _draw(workspace: Workspace, asked: Draw) -> Draw:
    """Draw clips and keep which; of two who do so at once, the first."""
    made = agile.get_classifier(workspace, collection_id=asked.collection_id, classifier_id=asked.classifier_id)
    directions = get_space(workspace, collection_id=asked.collection_id).directions
    scores = made.compute_logits(directions, [asked.label])[:, 0].astype(np.float64)
    with workspace.database.holding(f"collection/{asked.collection_id}"):
        with workspace.database.reading() as connection:
            known = draws.find_draw(connection, asked.id)
            if known is not None:
                return known
            scores[clips.read_columns(connection, asked.collection_id, ["evicted"])["evicted"]] = np.nan
        drawn = Draw(
            asked.id,
            asked.collection_id,
            asked.classifier_id,
            asked.label,
            draw(scores, seed=_seed(asked)),
            asked.who,
            asked.drawn_at,
        )
        drawn = collection_records.save(workspace.files, drawn)
        with workspace.database.writing() as connection:
            draws.add_draw(connection, drawn)
    return drawn


def _keep(workspace: Workspace, drawn: Draw, heard: Mapping[int, Heard], who: str) -> None:
    odd = sorted(set(heard) - {number for each in drawn.strata for number in each.numbers})
    if odd:
        raise InvalidInput(f"Clip {odd[0]} was not drawn to count {drawn.label!r}: what is heard in it does not count.")
    with workspace.database.holding(f"collection/{drawn.collection_id}"):
        with workspace.database.reading() as connection:
            at, before = utc_now(), draws.find_newest(connection, drawn.id)
        if before is not None and at <= before:  # a clock may stand still, or be set back
            at = before + timedelta(microseconds=1)
        answer = DrawAnswer(str(uuid.uuid4()), drawn.collection_id, drawn.id, dict(heard), who, at)
        collection_records.save(workspace.files, answer)
        with workspace.database.writing() as connection:
            draws.add_answers(connection, [answer])


def _count(connection: Connection, drawn: Draw, per_bin: int) -> Counted:
    heard: dict[int, Heard] = {}
    for answer in draws.list_answers(connection, drawn.id):
        heard.update(answer.heard)
    heard = {number: said for number, said in heard.items() if said is not Heard.TAKEN_BACK}
    return Counted(drawn, heard, estimate_density(drawn.strata, heard, per_bin=per_bin, seed=_seed(drawn)))


def _seed(drawn: Draw) -> int:
    return zlib.crc32(drawn.id.encode())
