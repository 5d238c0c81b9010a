"""What somebody asks of a training, checked as a whole before anything is done."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from podcast_core.domain.checks import check_between, check_text
from podcast_core.domain.ids import check_id
from podcast_core.domain.limits import MAX_EPOCHS
from podcast_core.domain.model import ModelVersion, check_model_name
from podcast_core.domain.release import GroupBy
from podcast_core.errors import InvalidInput
from podcast_core.ml.device import check_device
from podcast_core.ml.registry.loading import LOADERS
from podcast_core.ml.whisperseg.loading import FOLDER
from podcast_core.ml.whisperseg.loading import KIND as WHISPERSEG

KINDS = {
    "tcn": "Segmenter: dilated convolutions, the fast choice",
    "crnn": "Segmenter: convolutions and a recurrent layer, slower",
    "whisperseg": "WhisperSeg: fine-tunes a checkpoint; needs a GPU or an hour",
    "energy": "Energy detector: one band, a threshold, no weights",
}
NEED_BASE = (WHISPERSEG,)
BY_SESSION = "session"
GROUPS = (*(each.value for each in GroupBy), BY_SESSION)
MAX_BUDGET_S = 7 * 24 * 3600.0
DEFAULT_BUDGET_S = 60.0
DEFAULT_BUDGETS_S = {WHISPERSEG: 3600.0}
"""What to suggest where it is not `DEFAULT_BUDGET_S`."""


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """The parameters of a training. All are plain JSON values.

    Parameters
    ----------
    name
        Of the model; one that exists gets its next version.
    is_new
        Whether there must be no model of that name.
    device
        Where it learns and is measured, as ``PODCAST_DEVICE`` says it; empty: as that of the worker says.
    round_ids, release
        What is learnt from: rounds, or a release (``NAME/VERSION``) with the split that it has.
    labels
        What a label is called by the model, to merge some; empty: its calls are not learnt and count as background.
        Labels that are not named stay as they are.
    kind
        One of `KINDS`.
    base
        The version (``NAME/VERSION``) from whose weights it starts; empty: from none.
    budget_s, epochs
        How long it learns: seconds of a processor, or passes over the data; 60 s when neither is given, or for
        WhisperSeg its own 3 passes, and 500 batches or more.
    seed
        The same data, parameters and seed give the same split, and with ``epochs`` the same model.
    group_by, gap_s, test_share
        What is kept together when rounds are split into training and test (recording, encounter, site or session), the
        gap that ends an encounter, and the share of the audio that is tested on.
    without_bulk
        Leave out sessions with labels that were given in bulk (origin *bulk*): few of those were heard.
    with_bulk
        Learn also from sessions that nobody has searched: from the stretches that were labelled in bulk, and only from
        these. Nothing is tested on them.
    """

    name: str
    round_ids: tuple[str, ...] = ()
    release: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    kind: str = "tcn"
    base: str = ""
    budget_s: float | None = None
    epochs: int | None = None
    seed: int = 0
    group_by: str = GroupBy.RECORDING.value
    gap_s: float = 7200.0
    test_share: float = 0.2
    is_new: bool = False
    device: str = ""
    without_bulk: bool = False
    with_bulk: bool = False

    def __post_init__(self) -> None:
        check_model_name(self.name)
        for round_id in self.round_ids:
            check_id(round_id, "Round")
        if bool(self.round_ids) == bool(self.release):
            raise InvalidInput("A training learns from rounds or from one release: expected one of the two.")
        if self.kind not in list_kinds():
            raise InvalidInput(
                f"Models of the kinds {', '.join(list_kinds())} can be trained, found {self.kind[:80]!r}."
            )
        if self.group_by not in GROUPS:
            raise InvalidInput(f"Held out are whole {', '.join(GROUPS)}; found {self.group_by[:80]!r}.")
        if self.budget_s is not None and self.epochs is not None:
            raise InvalidInput("A budget is in seconds or in epochs, found both.")
        if self.kind in NEED_BASE and not self.base:
            raise InvalidInput("A WhisperSeg model is trained from another one: expected a base, found none.")
        if self.with_bulk and self.without_bulk:
            raise InvalidInput("Bulk labels are either used or left out; both were requested.")
        check_device(self.device)
        check_between(self.budget_s, "The budget", 0.1, MAX_BUDGET_S, " s")
        check_between(self.epochs, "The number of epochs", 1, MAX_EPOCHS)
        check_between(self.seed, "The seed", 0, 2**31 - 1)
        check_between(self.gap_s, "The gap between encounters", 0, 366 * 24 * 3600.0, " s")
        check_between(self.test_share, "The share that is tested on", 0.05, 0.95)
        for label, called in self.labels.items():
            check_text(label, "A label", 80)
            if called:
                check_text(called, "A label", 80)

    @property
    def seconds(self) -> float | None:
        """The budget in seconds of a processor; None where epochs are counted."""
        is_left_open = self.budget_s is None and self.epochs is None and self.kind != WHISPERSEG
        return DEFAULT_BUDGET_S if is_left_open else self.budget_s

    def to_params(self) -> dict[str, Any]:
        """Give the parameters as JSON values."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


def list_kinds() -> list[str]:
    """List the kinds of models that can be trained here."""
    return [kind for kind in KINDS if kind in LOADERS]


def list_bases(versions: Sequence[ModelVersion], kind: str) -> list[str]:
    """List the versions from whose weights a training of a kind can start."""
    return [
        each.id
        for each in versions
        if each.kind == kind and (each.weights_sha256 or (each.is_placed and each.parameters[FOLDER]))
    ]


def list_choices(versions: Sequence[ModelVersion]) -> list[str]:
    """List the kinds that can be trained with these versions at hand: some need one to start from."""
    return [kind for kind in list_kinds() if kind not in NEED_BASE or list_bases(versions, kind)]


def read_request(params: Mapping[str, Any]) -> TrainingRequest:
    """Make a request of JSON values; InvalidInput when one of them cannot be used."""
    known = {each.name for each in fields(TrainingRequest)}
    unknown = sorted(set(params) - known)
    if unknown:
        raise InvalidInput(f"A training has no parameter {', '.join(unknown)}; it has {', '.join(sorted(known))}.")
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in params.items()
    }
    try:
        return TrainingRequest(**values)
    except (TypeError, AttributeError) as error:
        raise InvalidInput(f"A training cannot be made of these parameters: {error}") from error
