"""What there is to say of a file format; each format's module has its own in ``FORMATS``, by name.

A new one: a module beside this one, named in ``MODULES`` of `podcast_core.formats`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from podcast_core.errors import InvalidInput
from podcast_core.formats.contents import Batch, Contents


def refuse_writing(_batch: Batch) -> dict[str, bytes]:
    """Refuse to write what can only be read; InvalidInput."""
    raise InvalidInput("This format can only be read. Export as csv or parquet instead.")


def find_nothing(_batch: Batch) -> Sequence[str]:
    """Miss nothing: most formats take what there is."""
    return ()


@dataclass(frozen=True, slots=True)
class Format:
    """A format of annotations.

    ``read`` takes one file's name and bytes, ``fits`` tells whether a file looks like one, and ``write`` makes files
    (name -> bytes) of a batch, or refuses to. ``read_predictions`` is for models' files that must be read otherwise.
    ``options`` are what imports can say about reading: the parameter of ``read`` by the name in
    `podcast_core.services.exchange.import_files.Reading`. ``suffixes`` are those of files that hold annotations.
    A format of ``only_calls`` has neither labels nor frequencies, and nothing of sessions with outcome ``unsure`` or
    ``verified``: its readers take all unmarked time for silence. ``notes`` are the notes on boxes that come
    along. ``has_negatives``: rows for empty sessions can be asked for. ``loss`` says what else is left out,
    ``digits`` to how many decimals seconds are kept. ``outcomes_in`` names the written file that has the outcome and
    the review of every session, ``main`` the one that is shown first where that is not the largest. ``find_missing``
    says what the format requires and the batch lacks. ``has_measurements``: what the round measures has columns.
    ``has_people``: each row says whose it is, so that answers of
    several people to one session can stand in one file.
    """

    title: str
    sentence: str
    suffixes: tuple[str, ...]
    read: Callable[..., Contents]
    fits: Callable[[str, bytes], bool]
    write: Callable[[Batch], dict[str, bytes]] = refuse_writing
    only_calls: bool = False
    has_bands: bool = True
    notes: tuple[str, ...] = ()
    has_negatives: bool = False
    loss: str = ""
    digits: int = 6
    outcomes_in: str = "sessions.csv"
    main: str = ""
    find_missing: Callable[[Batch], Sequence[str]] = find_nothing
    has_people: bool = False
    has_measurements: bool = False
    options: Mapping[str, str] = field(default_factory=dict)
    read_predictions: Callable[[str, bytes], Contents] | None = None

    @property
    def is_writable(self) -> bool:
        """Whether a round can be exported to it."""
        return self.write is not refuse_writing
