"""Labels: the class names of a round, each with a colour and a key."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from podcast_core.domain.checks import check_optional_text, check_text
from podcast_core.errors import InvalidInput

COLOR_PATTERN = re.compile(r"#[0-9a-fA-F]{6}")

# Okabe & Ito's palette, told apart by colour-blind people and light enough to be seen on a dark picture; and eight more
# that the usual eye tells from these and each other. Where eyes confuse them, the editor adds patterns.
LABEL_COLORS = (
    *("#56b4e9", "#e69f00", "#009e73", "#f0e442", "#cc79a7", "#d55e00", "#0072b2", "#bbbbbb"),
    *("#9900ff", "#00ffdd", "#bb0066", "#dd11cc", "#8877ff", "#66cc77", "#ff2266", "#eebbff"),
)
LABEL_HOTKEYS = "123456789"
MAX_TAXON = 200  # chosen: names with authors and years are about half as long


@dataclass(frozen=True, slots=True)
class Label:
    """A class name of a round's list, with its colour (``#rrggbb``) and key.

    ``scientific_name`` is that of the taxon that the label stands for, where it stands for one.
    """

    name: str
    color: str
    hotkey: str = ""
    description: str = ""
    scientific_name: str = ""

    def __post_init__(self) -> None:
        check_text(self.name, "A label's name", 80)
        if not COLOR_PATTERN.fullmatch(self.color):
            raise InvalidInput(f"Label {self.name!r} needs a colour like #56b4e9, found {self.color!r}.")
        if len(self.hotkey) > 1:
            raise InvalidInput(f"Label {self.name!r} needs a single key or none, found {self.hotkey!r}.")
        check_optional_text(self.scientific_name, f"The scientific name of label {self.name!r}", MAX_TAXON)


def make_labels(names: Sequence[str]) -> tuple[Label, ...]:
    """Give each name a colour and, to the first nine, a key from 1 to 9."""
    return tuple(
        Label(
            name=name.strip(),
            color=LABEL_COLORS[index % len(LABEL_COLORS)],
            hotkey=LABEL_HOTKEYS[index] if index < len(LABEL_HOTKEYS) else "",
        )
        for index, name in enumerate(names)
    )
