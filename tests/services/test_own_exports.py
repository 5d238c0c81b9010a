"""Every format brings back what it promises, of a round that is hard to export; a page of docs says what is lost."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from podcast_core.domain.annotation import Annotation
from podcast_core.formats import FORMATS
from podcast_core.formats.contents import NOTES, Batch, Entry
from podcast_core.formats.tables import one_line
from podcast_core.services.exchange import imports
from podcast_core.workspace import Workspace
from tests.services.twins import add_twins, answer_twins, read_twins

PAGE = Path(__file__).resolve().parents[2] / "docs" / "formats.md"
ROW = re.compile(r"^\| ((?:`[a-z][a-z0-9-]*`(?:, )?)+) \| [^|]+ \| ([^|]+) \|$", re.MULTILINE)
IN_PART = ("unsure", "verified")


def read_promises() -> dict[str, set[str]]:
    """Read the table of formats: what is lost by each; ``-7: frequencies`` is of the format that ends so."""
    promises: dict[str, set[str]] = {}
    for names, lost in ROW.findall(PAGE.read_text(encoding="utf-8")):
        for name in re.findall(r"`([a-z0-9-]+)`", names):
            promises[name] = set()
            for part in lost.split("; "):
                ending, colon, rest = part.partition("`: ")
                if not colon or name.endswith(ending.removeprefix("`")):
                    promises[name] |= {word for word in (rest or part).split(", ") if word != "nothing"}
    return promises


PROMISES = read_promises()


@pytest.fixture
def twins(workspace: Workspace, other_workspace: Workspace) -> Batch:
    for each in (workspace, other_workspace):
        add_twins(each)
    answer_twins(workspace)
    return read_twins(workspace)


def test_the_page_names_every_format() -> None:
    assert {name for name, lost in PROMISES.items() if lost != {"read only"}} == set(FORMATS)


@pytest.mark.parametrize("format_name", list(FORMATS))
def test_a_round_comes_back_as_it_left_except_for_what_the_page_calls_lost(
    twins: Batch, other_workspace: Workspace, format_name: str
) -> None:
    files = list(FORMATS[format_name].write(twins).items())
    plan = imports.plan_annotations(other_workspace, round_id="twins", files=files, annotator="Bob", label="call")
    assert (plan.report.left_out, plan.report.notes) == ((), ())
    imports.apply_plan(other_workspace, plan)
    pairs = list(zip(twins.entries, read_twins(other_workspace).entries, strict=True))
    assert {spell_answer(one) for one, _ in pairs} == {spell_answer(other) for _, other in pairs}
    assert find_lost(pairs) == PROMISES[format_name]


def spell_answer(entry: Entry) -> tuple[object, ...]:
    """Give what ``sessions.csv`` and ``predictions.csv`` say in every format."""
    answer = entry.submission
    offered = sorted((box.start_s, box.label, box.score, box.model) for box in entry.predictions)
    if answer is None:
        return (entry.session.id, *offered)
    judged = [sorted(box.start_s for box in each) for each in (answer.rejected, answer.unreviewed)]
    said = (answer.outcome, answer.annotator, answer.submitted_at, answer.comment)
    return (entry.session.id, *said, *offered, str(judged))


def find_lost(pairs: list[tuple[Entry, Entry]]) -> set[str]:
    """Find what the boxes have lost, in the words of the page."""
    lost, kept = set(), []
    for before, after in pairs:
        boxes, back = (sorted(entry.annotations, key=lambda box: box.start_s) for entry in (before, after))
        if not back and boxes and before.outcome in IN_PART:
            lost.add("boxes of unsure and verified sessions")
            continue
        kept += list(zip(boxes, back, strict=True))
    lost |= {word for one, other in kept for word in _compare(one, other)}
    gone = {name for name in NOTES if all(getattr(other, name) in ("", False) for _, other in kept)}
    changed = any(getattr(one, name) != getattr(other, name) for one, other in kept for name in set(NOTES) - gone)
    assert all(one_line(one.comment) == one_line(other.comment) for one, other in kept if "comment" not in gone)
    notes = {0: {"line breaks in notes"} if changed else set(), len(NOTES): {"notes"}}
    return lost | notes.get(len(gone), {"most notes"})


def _compare(one: Annotation, other: Annotation) -> Iterator[str]:
    assert (one.start_s, one.end_s) == pytest.approx((other.start_s, other.end_s), abs=0.0015)
    if (one.start_s, one.end_s) != pytest.approx((other.start_s, other.end_s), abs=1e-9, rel=0):
        yield "times are rounded to ms"
    if (one.low_hz, one.high_hz) != (other.low_hz, other.high_hz):
        yield "frequencies"
    if one.label != other.label:
        yield "labels"
    if (one.origin, one.score, one.model) != (other.origin, other.score, other.model):
        yield "origin"
