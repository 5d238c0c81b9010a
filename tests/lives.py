"""A workspace with a life behind it: everything people do, at random, over the services that they use."""

import random
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from podcast_core.domain.answer import Answer, AnswerBox
from podcast_core.domain.bulk_act import BulkDeed
from podcast_core.domain.clip import Subset
from podcast_core.domain.label import make_labels
from podcast_core.domain.prediction import PredictionVerdict
from podcast_core.domain.remark import RemarkKind
from podcast_core.domain.review import Verdict
from podcast_core.domain.submission import DECIDED, Outcome
from podcast_core.domain.summary import Selection
from podcast_core.errors import Conflict, Forbidden, InvalidInput
from podcast_core.services.exchange import imports
from podcast_core.services.intake.ingest import ingest
from podcast_core.services.labels import (
    archive,
    assignments,
    bulk,
    bulk_review,
    labelling,
    remarks,
    review,
    rounds,
    session_views,
    verification,
)
from podcast_core.services.labels.assignments import Meant
from podcast_core.services.labels.bulk import BulkRequest
from podcast_core.services.labels.bulk_answers import BulkStretch
from podcast_core.services.labels.bulk_review import Wanted
from podcast_core.services.labels.verification import Item
from podcast_core.services.people import people
from podcast_core.services.verifying import samples
from podcast_core.services.verifying.samples import PredictionDraw
from podcast_core.workspace import Workspace
from tests.building import list_answers, list_sessions, write_sound
from tests.services.exploring import add_collection, draw_pca, find_calls, move_clips
from tests.services.runs import do_run

LABELS = ("call", "whistle", 'Ünsinn, "quoted"')


class Life:
    """Does things at random in a workspace; ``folder`` is where its recordings are."""

    def __init__(self, workspace: Workspace, folder: Path, seed: int, prefix: str = "") -> None:
        self.workspace, self.folder = workspace, folder
        self.chance = random.Random(seed)
        self._prefix = prefix
        self._count = 0
        self.is_crowded = False  # others work in the same workspace

    def record(self, round_name: str, *, channels: int = 1) -> Path:
        """Add a recording of 6 to 9 s, cut into sessions of 1.5 s."""
        self._count += 1
        path = self.folder / f"{self._prefix}rec{self._count}.wav"
        samples = np.random.default_rng(self.chance.randrange(2**32)).normal(0, 0.1, (8000 * 6 + 100, channels))
        write_sound(path, samples)
        self.ingest(path, round_name)
        return path

    def ingest(self, path: Path, round_name: str) -> None:
        """Index a file."""
        report = ingest(
            self.workspace,
            paths=[path],
            round_name=round_name,
            session_length_s=1.5,
            labels=LABELS if not any(each.id == round_name for each in rounds.list_rounds(self.workspace)) else (),
        )
        assert not report.failed

    def predict(self, round_id: str, model: str) -> None:
        """Let a model say something about some sessions."""
        lines = ["wav_filename\tstart_time_s\tduration_s\tconfidence\tlabel"]
        for session_id in self.sessions(round_id):
            view = session_views.get_view(self.workspace, round_id=round_id, session_id=session_id)
            for part in range(2 if view.session.channel == 0 and self.chance.random() < 0.7 else 0):
                start = view.session.start_s + part * 0.6 + self.chance.random() / 4
                score = self.chance.choice(["", f"{self.chance.random():.3f}"])
                label = self.chance.choice(LABELS[:2])
                lines.append(f"{view.recording.file_name}\t{start:.4f}\t0.3\t{score}\t{label}")
        files = [("p.tsv", "\n".join(lines).encode())]
        imports.import_predictions(self.workspace, round_id=round_id, files=files, model=model)

    def bring_answers(self, round_id: str) -> None:
        """Bring somebody's answers from a table, beside those that are there or instead of them."""
        lines = ["file_name,start_s,end_s,label"]
        for session_id in self.sessions(round_id):
            view = session_views.get_view(self.workspace, round_id=round_id, session_id=session_id)
            if view.session.channel == 0 and self.chance.random() < 0.5:
                start = view.session.start_s + self.chance.random()
                lines.append(f"{view.recording.file_name},{start:.4f},{start + 0.2:.4f},call")
        if len(lines) > 1:
            imports.import_annotations(
                self.workspace,
                round_id=round_id,
                files=[("a.csv", "\n".join(lines).encode())],
                annotator="Raven",
                supersede=self.chance.random() < 0.5,
            )

    def run_model(self, round_id: str) -> None:
        """Run a model over the recordings of a round; over the round, an order is suggested: no fact."""
        views = [
            session_views.get_view(self.workspace, round_id=round_id, session_id=each)
            for each in self.sessions(round_id)
        ]
        do_run(self.workspace, recording_ids=[view.recording.id for view in views], threshold=0.2)

    def sessions(self, round_id: str) -> list[str]:
        """List the sessions of a round."""
        return [each.id for each in list_sessions(self.workspace, round_id)]

    def answer(self, round_id: str, session_id: str | None = None) -> str:
        """Answer a session in any way, on top of what is there or beside it."""
        chance = self.chance
        session_id = session_id or chance.choice(self.sessions(round_id))
        made = self.make_answer(round_id, session_id)
        known = list_answers(self.workspace, round_id, session_id)
        decides = tuple(each.id for each in known if each.outcome is not Outcome.SKIPPED)
        if decides and made.outcome in DECIDED and chance.random() < 0.3:
            made = replace(made, decides=decides)
        try:
            return labelling.submit(self.workspace, made).submission.id
        except Conflict:  # somebody answered whom she had not seen: it is no decision then
            assert self.is_crowded
            assert made.decides
            return labelling.submit(self.workspace, replace(made, decides=())).submission.id

    def make_answer(self, round_id: str, session_id: str, *, skip: bool = True) -> Answer:
        """Make any answer."""
        chance = self.chance
        view = session_views.get_view(self.workspace, round_id=round_id, session_id=session_id)
        outcome = chance.choice([each for each in Outcome if skip or each is not Outcome.SKIPPED])
        with_boxes = outcome in (Outcome.LABELLED, Outcome.UNSURE, Outcome.VERIFIED)
        boxes, rejected, unreviewed = [], [], []
        for prediction in view.predictions:
            fate = chance.choice(["keep", "move", "reject", "leave"]) if with_boxes else "reject"
            start, end = (view.session.to_session_s(each) for each in (prediction.start_s, prediction.end_s))
            if fate == "reject":
                rejected.append(prediction.id)
            elif fate == "leave":
                unreviewed.append(prediction.id)
            else:
                end -= 0.05 if fate == "move" else 0
                boxes.append(
                    AnswerBox(start, end, prediction.label, prediction_id=prediction.id, unsure=chance.random() < 0.2)
                )
        if with_boxes:
            start = chance.random()
            note = chance.choice(["", "nice, “loud”\n= yes"])
            boxes.append(
                AnswerBox(
                    start,
                    start + 0.3,
                    chance.choice(LABELS),
                    low_hz=100.0,
                    high_hz=900.5,
                    comment=note,
                    individual="J35",
                )
            )
        return Answer(
            submission_id=str(uuid.UUID(int=chance.getrandbits(128), version=4)),
            round_id=round_id,
            session_id=session_id,
            annotator=chance.choice(["Ann", "Bob", "Ångström"]),
            outcome=outcome,
            boxes=tuple(boxes),
            rejected_prediction_ids=tuple(rejected),
            unreviewed_prediction_ids=tuple(unreviewed),
            base_revision=chance.choice([0, len(view.history)]),
            comment=chance.choice(["", "hard"]),
            score_threshold=chance.choice([None, 0.25]),
            active_s=chance.choice([None, 12.345]),
            action_count=chance.choice([None, 3]),
        )

    def verify(self, round_id: str) -> None:
        """Judge some predictions in one go."""
        found = verification.list_candidates(self.workspace, round_id=round_id, limit=5)
        items = [
            Item(each.session.id, each.prediction.id, self.chance.choice(list(PredictionVerdict)[:3]))
            for each in found.items
        ]
        if items:
            name = str(self.chance.getrandbits(64))
            verification.give_verdicts(
                self.workspace, round_id=round_id, verdict_id=name, annotator="Vera", items=items
            )

    def judge(self, round_id: str) -> None:
        """Review an answer that counts: accept, reject or correct it."""
        answered = [
            each for each in review.list_sessions(self.workspace, round_id=round_id) if each.submission_id is not None
        ]
        if not answered:
            return
        one = self.chance.choice(answered)
        verdict = self.chance.choice(list(Verdict))
        correction = self.make_answer(round_id, one.session_id, skip=False) if verdict is Verdict.CORRECT else None
        try:
            review.review_submission(
                self.workspace,
                review_id=str(self.chance.getrandbits(64)),
                submission_id=str(one.submission_id),
                reviewer="Rita",
                verdict=verdict,
                comment=self.chance.choice(["", "so so"]),
                correction=correction,
            )
        except Forbidden:
            assert verdict is Verdict.ACCEPT  # a bulk answer is made of hers
        except (Conflict, InvalidInput):
            assert one.outcome == Outcome.SKIPPED.value or self.is_crowded  # a skip is followed by anything

    def judge_many(self, round_id: str) -> None:
        """Judge all answers that wait at once, and take that back at times; remark on one of them."""
        chance, act_id = self.chance, f"{self._prefix}{self.chance.getrandbits(64):x}"
        stands = [
            each.act.id for each in bulk_review.list_acts(self.workspace, round_id=round_id) if not each.undone_by
        ]
        if stands and chance.random() < 0.5:
            undone = chance.choice(stands)
            bulk_review.undo(self.workspace, round_id=round_id, act_id=act_id, undoes=undone, who="Rita")
            return
        waiting = review.list_sessions(self.workspace, round_id=round_id, selection=Selection(verdict="waiting"))
        if not waiting:
            return
        for kind, text in ((RemarkKind.COMMENT, "See “there”\nand here"), (chance.choice(list(RemarkKind)), "rain")):
            remarks.add_remark(
                self.workspace,
                remark_id=f"{self._prefix}{chance.getrandbits(64):x}",
                submission_id=str(waiting[0].submission_id),
                author="Bob",
                kind=kind,
                text=text,
            )
        verdict = chance.choice([Verdict.ACCEPT, Verdict.REJECT])
        wanted = Wanted(Selection(verdict="waiting"))
        bulk_review.judge(
            self.workspace, act_id=act_id, round_id=round_id, wanted=wanted, verdict=verdict, people=["Rita"]
        )

    def assign(self, round_id: str) -> None:
        """Assign sessions to people, and take some of them back."""
        ids = self.sessions(round_id)[:3]
        asked = {"round_id": round_id, "who": "Rita"}
        given = {"people": ["Ann", "Bob"], "meant": Meant(tuple(ids))}
        assignments.assign(self.workspace, act_id=f"{self._prefix}given", **asked, **given)  # type: ignore[arg-type]  # named above
        back = Meant(tuple(ids[:1]))
        assignments.take_back(self.workspace, act_id=f"{self._prefix}back", meant=back, **asked)

    def explore(self, round_id: str) -> None:
        """Look at windows of all sessions of a round at once, and move some to subsets."""
        name = f"{self._prefix}{round_id}-windows"
        add_collection(self.workspace, round_id, name=name)
        move_clips(self.workspace, name, [0, 3, 5], Subset.TEST, f"{name}-1")
        move_clips(self.workspace, name, [3, 4], Subset.TRAIN, f"{name}-2")
        draw_pca(self.workspace, name)
        find_calls(self.workspace, name, name)

    def act_in_bulk(self, round_id: str) -> None:
        """Label stretches and predictions of several sessions in one go, take labels off, or take an act back."""
        chance, act_id = self.chance, f"{self._prefix}{self.chance.getrandbits(64):x}"
        stands = [each.act.id for each in bulk.list_acts(self.workspace, round_id=round_id) if each.undone_by is None]
        deed = chance.choice([BulkDeed.LABEL, BulkDeed.LABEL, BulkDeed.REMOVE, BulkDeed.UNDO])
        if deed is BulkDeed.UNDO and stands:
            bulk.undo(self.workspace, act_id=act_id, undoes=chance.choice(stands), who="Bulky")
            return
        deed = deed if deed is not BulkDeed.UNDO else BulkDeed.LABEL
        chosen = []
        for session_id in chance.sample(self.sessions(round_id), 4):
            view = session_views.get_view(self.workspace, round_id=round_id, session_id=session_id)
            start_s = view.session.start_s + chance.choice([0.25, 0.5])
            chosen.append(BulkStretch(session_id=session_id, start_s=start_s, end_s=start_s + 0.25))
            chosen += [
                BulkStretch(
                    session_id=session_id,
                    start_s=each.start_s,
                    end_s=each.end_s,
                    low_hz=each.low_hz,
                    high_hz=each.high_hz,
                    prediction_id=each.id,
                    label=each.label,
                )
                for each in view.predictions[:1]
            ]
        label = chance.choice(LABELS) if deed is BulkDeed.LABEL else ""
        request = BulkRequest(act_id, round_id, deed, chosen, "Bulky", label, heard=2, agreed=1, may_add=True)
        bulk.act_in_bulk(self.workspace, request)

    def edit(self, round_id: str) -> None:
        """Change a round's texts and labels."""
        round_ = rounds.get_round(self.workspace, round_id=round_id)
        names = [*round_.label_names, f"label {self.chance.randrange(10**6)}"]
        changed = replace(round_, instructions=f"Look {self.chance.random()}", labels=make_labels(names))
        rounds.change_round(self.workspace, changed)

    def rename(self, round_id: str) -> None:
        """Give a label another name, or its first one again."""
        now = rounds.get_round(self.workspace, round_id=round_id).name_now(LABELS[0])
        new = f"{LABELS[0]} {self.chance.randrange(10**6)}" if now == LABELS[0] else LABELS[0]
        archive.rename_label(self.workspace, round_id=round_id, old=now, new=new, who="Ann")

    def rename_bob(self) -> None:
        """Give somebody another name and another role, between their answers."""
        known = people.list_people(self.workspace)
        bob = known[0].person if known else people.add_person(self.workspace, name="Bob", who="Ann")
        people.set_role(self.workspace, person_id=bob.id, scope="review", who="Ann")
        people.rename_person(self.workspace, person_id=bob.id, name=f"Bob {len(bob.names)}", who="Ann")

    def archive(self, round_id: str) -> None:
        """Archive a recording of a round, or bring it back, and the round for a moment."""
        recording, _, act = archive.list_recordings(self.workspace, round_id=round_id)[0]
        archive.archive_recording(
            self.workspace, round_id=round_id, recording_id=recording.id, who="Bob", is_archived=act is None
        )
        for is_archived in (True, False):
            archive.archive_round(self.workspace, round_id=round_id, who="Ann", is_archived=is_archived)

    def move(self, path: Path, round_name: str) -> Path:
        """Move a recording to another folder, and index that."""
        moved = path.with_name("moved") / path.name
        moved.parent.mkdir(exist_ok=True)
        path.rename(moved)
        self.ingest(moved, round_name)
        return moved

    def live(self, steps: int = 45) -> None:
        """Do everything there is, most of it many times."""
        first = self.record("sea")
        self.record("sea", channels=2)
        self.record("fjord")
        self.ingest(first, "fjord")
        self.predict("sea", "net")
        self.predict("fjord", "net")
        self.explore("sea")
        for step in range(steps):
            round_id = self.chance.choice(["sea", "fjord"])
            deeds: list[Callable[[str], object]] = [self.answer, self.answer, self.answer]
            self.chance.choice([*deeds, self.verify, self.judge, self.edit])(round_id)
            if step % (steps // 4) == 2:
                self.rename("sea")
                self.archive("fjord")
            if step % 5 == 4:
                self.act_in_bulk("sea")
            if step == steps // 4:
                self.rename_bob()
            if step % 7 == 6:
                self.judge_many("sea")
            if step == steps // 3:
                first = self.move(first, "sea")
            if step == steps // 2:
                self.predict("sea", "net")
                self.bring_answers("sea")
                self.bring_answers("fjord")
                self.run_model("fjord")
                self.move(first, "sea")
                samples.draw_predictions(self.workspace, PredictionDraw("sea"), who="Ann")
                self.assign("sea")
