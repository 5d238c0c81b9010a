"""Two people label a real bird, with 5 % wrong labels and 10 ms of jitter: what they differ about is settled."""

import csv
import random
from collections import defaultdict

import pytest

from podcast_core.domain.annotation import Annotation
from podcast_core.domain.answer import AnswerBox
from podcast_core.ml.measuring.overlaps import Spans, find_overlaps, mark_right
from podcast_core.services.exchange import datasets
from podcast_core.services.intake import ingest
from podcast_core.services.labels import adjudication
from podcast_core.services.labels.adjudication import Case
from podcast_core.workspace import Workspace
from tests.building import list_recordings, list_sessions, submit
from tests.conftest import SHARED_DATA

BIRD = SHARED_DATA / "bengalese_bird0"
WRONG, JITTER_S = 0.05, 0.01
Box = tuple[float, float, str]

pytestmark = pytest.mark.skipif(not BIRD.is_dir(), reason="the folder of real recordings is not there")


def read_truth() -> dict[str, list[Box]]:
    found: dict[str, list[Box]] = defaultdict(list)
    with (BIRD / "annotations.csv").open() as file:
        for row in csv.DictReader(file):
            found[row["filename"]].append((float(row["onset"]), float(row["offset"]), row["clustername"]))
    return found


def annotate(chance: random.Random, boxes: list[Box], labels: list[str], ends_s: float) -> tuple[list[AnswerBox], int]:
    """Label as somebody does who makes mistakes; how many labels are wrong."""
    drawn, wrong = [], 0
    for start, end, label in boxes:
        is_wrong = chance.random() < WRONG
        said = chance.choice([each for each in labels if each != label]) if is_wrong else label
        begin, until = max(0, start + chance.gauss(0, JITTER_S)), min(ends_s, end + chance.gauss(0, JITTER_S))
        drawn.append(AnswerBox(begin, max(until, begin + 0.01), said))
        wrong += is_wrong
    return drawn, wrong


def settle(case: Case, truth: list[Box]) -> list[AnswerBox]:
    """Decide as somebody who listens: what is agreed stays; else one box a call, with its label, as it is proposed."""
    boxes, left = [], list(truth)
    for matter in sorted(case.matters, key=lambda each: not each.is_agreed):
        drawn = [
            side.answer.annotations[at] for side, at in zip(case.sides, matter.boxes, strict=True) if at is not None
        ]
        edges = matter.proposed or drawn[0]
        near = min(left, key=lambda each: abs(each[0] + each[1] - edges.start_s - edges.end_s), default=None)
        if near is None or not (near[0] < edges.end_s and edges.start_s < near[1]):
            continue  # the call has a box
        left.remove(near)
        boxes.append(AnswerBox(edges.start_s, edges.end_s, edges.label if matter.is_agreed else near[2]))
    return boxes


@pytest.mark.slow  # 24 recordings
def test_what_two_people_differ_about_is_found_and_settled(workspace: Workspace) -> None:
    truth = read_truth()
    labels = sorted({box[2] for boxes in truth.values() for box in boxes})
    ingest.ingest(workspace, paths=[BIRD], round_name="bird0", labels=labels)
    names = {each.id: each.file_name for each in list_recordings(workspace)}
    sessions = list_sessions(workspace, "bird0")
    wrong = 0
    for who, seed in (("Ann", 1), ("Bob", 2)):
        chance = random.Random(seed)
        for session in sessions:
            boxes, count = annotate(chance, truth[names[session.recording_id]], labels, session.duration_s)
            submit(workspace, "bird0", session.id, *boxes, who=who)
            wrong += count
    queue = adjudication.get_queue(workspace, round_id="bird0")
    differing = 0
    for session in sessions:
        case = adjudication.get_case(workspace, round_id="bird0", session_id=session.id)
        differing += sum(not each.is_agreed for each in case.matters)
        boxes = settle(case, truth[names[session.recording_id]])
        sides = tuple(each.answer.id for each in case.sides)
        submit(workspace, "bird0", session.id, *boxes, who="Zoe", base_revision=case.revision, decides=sides)
    assert adjudication.get_queue(workspace, round_id="bird0").left == 0
    export = datasets.export_round(workspace, round_id="bird0", format_name="csv", answers="gold")
    gold: dict[str, list[Annotation]] = defaultdict(list)
    for row in csv.DictReader(export.files["annotations.csv"].decode().splitlines()):
        gold[row["file_name"]].append(Annotation(float(row["start_s"]), float(row["end_s"]), row["label"]))
    known = {name: [Annotation(*box) for box in boxes] for name, boxes in truth.items()}
    right = sum(int(mark_right(known[name], gold[name]).sum()) for name in known)
    off = [
        1000 * abs(known[name][one].start_s - gold[name][other].start_s)
        for name in known
        for one, other in zip(*find_overlaps(Spans.of(known[name]), Spans.of(gold[name])).pair(), strict=True)
    ]
    assert (len(sessions), queue.left, wrong, differing) == (24, 22, 104, 154)
    assert (sum(map(len, gold.values())), right) == (1073, 1071)  # of 1,073; twice both were wrong in the same way
    assert sum(off) / len(off) < 6  # ms; each of the two is 8 ms off
