"""Queues of a round that people named, to open them again: a filter and an order of its sessions.

They say nothing about labels, so they are no facts: the database has them, and a rebuild leaves them alone.
"""

from urllib.parse import parse_qsl, urlencode

from podcast_core.domain.queue_link import SavedQueue, read_params, to_params
from podcast_core.domain.times import utc_now
from podcast_core.errors import Conflict, InvalidInput, NotFound
from podcast_core.services.access import needs
from podcast_core.storage import rounds, saved_queues
from podcast_core.workspace import Workspace

MAX_QUEUES = 200  # of one round; chosen: a list that can be read


def list_queues(workspace: Workspace, *, round_id: str) -> list[SavedQueue]:
    """List the queues of a round by name; NotFound when there is no such round."""
    with workspace.database.reading() as connection:
        rounds.get_round(connection, round_id)
        return saved_queues.list_queues(connection, round_id)


@needs("review")
def save_queue(workspace: Workspace, *, round_id: str, name: str, query: str, who: str) -> SavedQueue:
    """Keep a queue under a name. The same one again is harmless.

    Parameters
    ----------
    query
        Parameters as `podcast_core.domain.queue_link.to_params` writes them, in an address: ``label=call&sort=newest``.

    Raises
    ------
    NotFound
        When there is no such round.
    InvalidInput
        When the parameters are no selection of sessions, or there are too many queues.
    Conflict
        When another queue has the name.
    """
    selection = read_params(dict(parse_qsl(query, keep_blank_values=True)))
    queue = SavedQueue(round_id, name.strip(), urlencode(to_params(selection)), who, utc_now())
    with workspace.database.writing(f"queues/{round_id}") as connection:
        rounds.get_round(connection, round_id)
        known = {each.name: each for each in saved_queues.list_queues(connection, round_id)}
        if same := known.get(queue.name):
            if same.query != queue.query:
                raise Conflict(f"There is a queue “{queue.name}” already, saved by {same.who}. Choose another name.")
            return same
        if len(known) >= MAX_QUEUES:
            raise InvalidInput(f"A round has at most {MAX_QUEUES} saved queues. Delete one first.")
        saved_queues.add_queue(connection, queue)
    return queue


@needs("review")
def delete_queue(workspace: Workspace, *, round_id: str, name: str) -> None:
    """Delete a queue; NotFound when there is none of this name."""
    with workspace.database.writing(f"queues/{round_id}") as connection:
        if saved_queues.find_queue(connection, round_id, name) is None:
            raise NotFound(f"Round {round_id!r} has no queue {name[:80]!r}.")
        saved_queues.delete_queue(connection, round_id, name)
