"""Labels of a deployment's documents: the same rule as in imports (see `podcast_core.services.labels.matching`).

The original has one class, so documents with labels come from Pod.Cast or a program of its users. A round that the
migration makes gets the labels that occur; one that was here is never given any that nobody has decided about.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from podcast_core.domain.prediction import Prediction
from podcast_core.errors import InvalidInput, name_some
from podcast_core.formats.podcast_json import Document
from podcast_core.services.labels import rounds
from podcast_core.services.labels.matching import LEFT_OUT, LabelChoice, MatchedLabels, match_labels, refuse_open
from podcast_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class RoundLabels:
    """What becomes of labels of documents in one round; ``notes`` tells people which were added."""

    workspace: Workspace
    round_id: str
    choice: LabelChoice
    notes: list[str]

    def take_predictions(self, boxes: Sequence[Prediction]) -> list[Prediction]:
        """Give predictions the labels that they have in the round; InvalidInput where some wait for a decision."""
        becomes = self._match(Counter(each.label for each in boxes)).becomes
        return [replace(each, label=becomes[each.label]) for each in boxes if becomes[each.label] != LEFT_OUT]

    def take_answer(self, document: Document) -> Document:
        """Give the boxes of an answer the labels that they have in the round.

        Raises
        ------
        InvalidInput
            When a label waits for a decision; when boxes are left out: without them it would say that nothing is there.
        """
        becomes = self._match(Counter(each.label for each in document.boxes if each.label)).becomes
        lost = {each.label for each in document.boxes if each.label and becomes[each.label] == LEFT_OUT}
        if lost:
            raise InvalidInput(f"It has boxes with labels that are left out ({name_some(sorted(lost))}).")
        boxes = (replace(each, label=becomes[each.label]) if each.label else each for each in document.boxes)
        return replace(document, boxes=tuple(boxes))

    def _match(self, counts: Counter[str]) -> MatchedLabels:
        """Match labels, and add those to the round that are to be added."""
        matched = match_labels(counts, rounds.get_round(self.workspace, round_id=self.round_id), self.choice)
        refuse_open(matched.open, self.round_id)
        if matched.new:
            rounds.add_labels(self.workspace, round_id=self.round_id, names=matched.new)
            names = name_some(matched.new)
            self.notes.append(f"Round {self.round_id}: new in its list of labels, from the documents: {names}.")
        return matched
