"""Labels of elsewhere (files, models) and those of a round: added to it, taken for one of its, or left out.

Nothing is taken for something else by itself: a label that differs in case or blanks only is a guess, for a person to
confirm.
"""

import shlex
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from podcast_core.domain.prediction import Prediction
from podcast_core.domain.round import Round
from podcast_core.errors import InvalidInput, name_some

LEFT_OUT = ""


@dataclass(frozen=True, slots=True)
class LabelChoice:
    """What a person decides about labels.

    ``becomes`` names the label of the round that each becomes. An empty one: what has it is left out; itself: it is
    added to the round. ``add``: all that the round lacks still are added to it.
    """

    becomes: Mapping[str, str] = field(default_factory=dict)
    add: bool = False


AS_THEY_ARE = LabelChoice()  # nothing is decided


@dataclass(frozen=True, slots=True)
class OpenLabel:
    """A label that the round lacks, how many boxes have it, and the round's label that is nearly the same, if any."""

    name: str
    count: int
    guess: str = ""


class LabelsOpen(InvalidInput):
    """Labels wait for a decision: ``waiting`` has them, for a form that asks."""

    def __init__(self, message: str, waiting: Sequence[OpenLabel]) -> None:
        super().__init__(message)
        self.waiting = tuple(waiting)


@dataclass(frozen=True, slots=True)
class MatchedLabels:
    """What labels become: those that are ``new`` to the round are added to it; ``open`` ones wait for a decision."""

    becomes: Mapping[str, str]
    new: tuple[str, ...] = ()
    open: tuple[OpenLabel, ...] = ()


def match_labels(found: Mapping[str, int], round_: Round, choice: LabelChoice) -> MatchedLabels:
    """Match the labels that occur, with how many boxes have each, to those of a round.

    Raises
    ------
    InvalidInput
        When a label is to become one that the round lacks, and none are added.
    """
    known = set(round_.label_names)
    becomes, new, left = dict(choice.becomes), dict[str, None](), {}
    for name, count in found.items():
        wanted = becomes[name] = round_.name_now(becomes.get(name, name))
        if wanted == LEFT_OUT or wanted in known:
            continue
        if choice.add or choice.becomes.get(name) == name:
            becomes[name] = wanted.strip()
            new.update({} if wanted.strip() in known else {wanted.strip(): None})
        elif name in choice.becomes:
            raise InvalidInput(_describe_unknown(wanted, round_))
        else:
            left[name] = count
    by_spelling = {_spell(each): each for each in round_.label_names} if left else {}
    waiting = [OpenLabel(name, count, by_spelling.get(_spell(name), "")) for name, count in left.items()]
    waiting.sort(key=lambda each: (-each.count, each.name))
    return MatchedLabels(becomes, tuple(new), tuple(waiting))


def relabel(found: Sequence[Prediction], round_: Round, choice: LabelChoice) -> tuple[list[Prediction], MatchedLabels]:
    """Give predictions the labels that they have in a round; InvalidInput when some wait for a decision."""
    matched = match_labels(Counter(each.label for each in found), round_, choice)
    refuse_open(matched.open, round_.id)
    labelled = [replace(each, label=matched.becomes[each.label]) for each in found if matched.becomes[each.label]]
    return labelled, matched


def refuse_open(waiting: Sequence[OpenLabel], round_id: str) -> None:
    """Refuse (LabelsOpen) labels about which nobody has decided, with the three ways to decide."""
    if not waiting:
        return
    counts = [
        f"{each.name} ({each.count:,}{f'; the round has {each.guess}' if each.guess else ''})" for each in waiting[:10]
    ]
    more = f" and {len(waiting) - len(counts):,} more" if len(waiting) > len(counts) else ""
    first = waiting[0]
    name, target = (each.replace("=", r"\=") for each in (first.name, first.guess or "LABEL"))
    are = "labels are" if len(waiting) > 1 else "label is"
    raise LabelsOpen(
        f"{len(waiting):,} {are} not in the list of round {round_id!r}, with so many boxes: "
        f"{', '.join(counts)}{more}.\nThere are three ways, which can be combined: map a label to one of the "
        f"round's (--map {shlex.quote(f'{name}={target}')}), skip it (--map {shlex.quote(f'{name}=')}), or add all "
        "others to the round (--add-labels).",
        waiting,
    )


def parse_choice(words: Iterable[str], *, add: bool = False) -> LabelChoice:
    r"""Read what a person typed, ``OLD=NEW`` or ``OLD=`` for each label; ``\=`` is an equals sign of a name.

    Raises
    ------
    InvalidInput
        When there is no equals sign, or two words say different things about one label.
    """
    becomes: dict[str, str] = {}
    for word in words:
        parts = word.replace(r"\=", "\0").split("=")
        if len(parts) != 2 or not parts[0]:
            raise InvalidInput(rf"Expected OLD=NEW, or OLD= to skip a label, found {word[:80]!r}. Write \= for =.")
        old, new = (part.replace("\0", "=") for part in parts)
        if becomes.setdefault(old, new) != new:
            raise InvalidInput(f"Label {old[:80]!r} cannot be mapped to both {becomes[old][:80]!r} and {new[:80]!r}.")
    return LabelChoice(becomes, add)


def _describe_unknown(name: str, round_: Round) -> str:
    return (
        f"Round {round_.id!r} has no label {name[:80]!r} (--add-labels adds it); it has "
        f"{name_some(round_.label_names)}."
    )


def _spell(name: str) -> str:
    """Spell a label without what people and programs spell differently: case, accents' form, blanks, dashes."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return " ".join("".join(" " if each in "_-–" else each for each in folded).split())
