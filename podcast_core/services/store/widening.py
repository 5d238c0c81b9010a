"""Labels that are in use and not in their round's list: of two machines' lists, one is the newest."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from podcast_core.domain.label import make_labels
from podcast_core.domain.round import Round
from podcast_core.services.store import records
from podcast_core.storage import rounds
from podcast_core.workspace import Workspace


def widen(round_: Round, labels: Sequence[str]) -> Round:
    """Add labels to a round's list where it has them not, with colors of their own and without keys."""
    new = [each for each in labels if each not in round_.label_names]
    colored = make_labels([*round_.label_names, *new])[len(round_.labels) :]
    return replace(round_, labels=(*round_.labels, *(replace(label, hotkey="") for label in colored)))


@contextmanager
def widened(
    workspace: Workspace, missing: Mapping[str, Sequence[str]], choose: Callable[[str, Round | None], Round]
) -> Iterator[dict[str, Round]]:
    """Write states of rounds with the labels that are missing; nobody else changes these rounds before the block ends.

    Parameters
    ----------
    missing
        Labels by round.
    choose
        Says which state is the newest, of a round and its row (None: it has none).
    """
    with workspace.database.holding(*(f"round/{each}" for each in missing)):
        with workspace.database.reading() as connection:
            rows = {each: rounds.find_round(connection, each) for each in missing}
        states = {each: widen(choose(each, rows[each]), labels) for each, labels in missing.items()}
        for each in states.values():
            records.save_round(workspace.files, each)
        yield states
