"""What clips are called: boxes are found by where they are, however many a session has."""

from typing import Any, NamedTuple, cast

from hypothesis import given
from hypothesis import strategies as st

from podcast_core.storage import clip_labels


class Stretch(NamedTuple):
    """A box of which only its place matters."""

    start_s: float
    end_s: float


stretches = st.tuples(st.integers(0, 30), st.integers(1, 30)).map(lambda each: Stretch(each[0], each[0] + each[1]))


@given(boxes=st.lists(stretches, max_size=12), clip=stretches)
def test_all_boxes_that_overlap_a_clip_are_found_in_their_order(boxes: list[Stretch], clip: Stretch) -> None:
    found = clip_labels._Boxes(cast(Any, boxes)).find(*clip)
    overlap = [each for each in boxes if each.start_s < clip.end_s and each.end_s > clip.start_s]
    assert [each for each in cast(list[Stretch], found) if each in overlap] == overlap
    assert clip_labels._Boxes(()).find(*clip) == []


def test_of_a_thousand_boxes_a_clip_looks_at_its_own() -> None:
    """Else 10,000 clips of a few sessions take minutes to label."""
    boxes = [Stretch(at, at + 1) for at in range(1000)]
    found = clip_labels._Boxes(cast(Any, boxes)).find(500, 501)
    assert cast(list[Stretch], found) == [Stretch(500, 501)]
