"""Remarks on answers: what several people say about one over time, without a verdict, and tags.

A remark is kept as it is for ever. A tag is put on or off by a remark, too; it belongs to the session, and stays when
that gets another answer.
"""

from dataclasses import dataclass, replace

from podcast_core.domain.remark import Remark, RemarkKind, find_tags
from podcast_core.errors import Conflict, NotFound
from podcast_core.services.access import needs
from podcast_core.services.labels import independence
from podcast_core.services.store import review_records
from podcast_core.storage import people, remarks, sessions, submissions
from podcast_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Thread:
    """What people say about the answers of a session: comments, the oldest first, and the tags that it has."""

    comments: tuple[Remark, ...]
    tags: tuple[str, ...]


@needs("label")
def add_remark(
    workspace: Workspace, *, remark_id: str, submission_id: str, author: str, kind: RemarkKind, text: str
) -> Remark:
    """Keep a comment on an answer, or put a tag on it or off. The same one again, by its id, is harmless.

    Raises
    ------
    NotFound
        When there is no such answer.
    InvalidInput
        When the text is none, or no tag.
    Conflict
        When the id was used for another remark.
    """
    with workspace.database.holding(f"remark/{remark_id}"):
        with workspace.database.reading() as connection:
            answer = submissions.find_submission(connection, submission_id)
            if answer is None:
                raise NotFound(f"There is no submission {submission_id[:80]!r} to say something about.")
            known = remarks.find_remark(connection, remark_id)
            author = people.call_now(connection, author)
        remark = Remark(remark_id, answer.round_id, answer.session_id, answer.id, author, kind, text.strip())
        stored = known or review_records.save_remark(workspace.files, remark)
        if known is None:
            with workspace.database.writing() as connection:
                remarks.add_remarks(connection, [stored])
    if replace(stored, created_at=remark.created_at) != remark:
        raise Conflict(f"Remark id {remark_id} was used before, by {stored.author}, for something else.")
    return stored


def get_thread(workspace: Workspace, *, round_id: str, session_id: str) -> Thread:
    """Get what people say about a session.

    Raises
    ------
    NotFound
        When there is no such session.
    Forbidden
        When who asks may see their own answers only.
    """
    with workspace.database.reading() as connection:
        independence.get_round(connection, round_id)
        sessions.get_session(connection, round_id, session_id)
        found = remarks.list_remarks(connection, round_id, session_id)
    comments = tuple(each for each in found if each.kind is RemarkKind.COMMENT)
    return Thread(comments, tuple(find_tags(found)))


def count_tags(workspace: Workspace, *, round_id: str) -> dict[str, int]:
    """Count the sessions of a round by tag; raises as `get_thread`."""
    with workspace.database.reading() as connection:
        independence.get_round(connection, round_id)
        return remarks.count_tags(connection, round_id)
