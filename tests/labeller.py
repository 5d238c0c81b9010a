"""A process that labels as fast as it can until a round is finished, and writes down what it held when.

``python -m tests.labeller ROUND NAME OUT SEED``; the workspace comes from the environment. It says when it is ready,
and begins when it is told to: processes start one after the other, and the first could be finished before the last.
"""

import json
import random
import sys
import time
import uuid
from pathlib import Path

from podcast_core.domain.answer import Answer, AnswerBox
from podcast_core.domain.submission import Outcome
from podcast_core.services.labels import claiming, labelling
from podcast_core.workspace import open_workspace


def main(round_id: str, name: str, out: Path, seed: int) -> None:
    """Label until nothing is left; writes JSON with ``held`` (session, from, until) and ``answers``."""
    chance = random.Random(seed)
    workspace = open_workspace()
    out.with_suffix(".ready").touch()
    while not (out.parent / "go").exists():
        time.sleep(0.01)  # others start
    since: dict[str, float] = {}
    held: list[tuple[str, float, float]] = []
    answers: list[tuple[str, str]] = []
    while True:
        before = time.monotonic()
        claimed = claiming.claim_next(workspace, round_id=round_id, holder=name, annotator=name, count=2)
        now = {view.session.id for view in claimed.views}
        held += [(each, since.pop(each), before) for each in list(since) if each not in now]
        since.update({each: time.monotonic() for each in now if each not in since})
        if not claimed.views:
            if claimed.state != "held_by_others":
                break
            time.sleep(0.01)  # what others hold now will be answered
            continue
        session_id = claimed.views[0].session.id
        # People look at a session; without a pause, SQLite lets one process write again and again while others wait.
        time.sleep(chance.uniform(0.002, 0.02))
        outcome = chance.choice([Outcome.LABELLED, Outcome.EMPTY, Outcome.UNSURE])
        boxes = (AnswerBox(0.1, 0.2, "call"),) if outcome is not Outcome.EMPTY else ()
        submission_id = str(uuid.uuid4())
        held.append((session_id, since.pop(session_id), time.monotonic()))
        receipt = labelling.submit(workspace, Answer(submission_id, round_id, session_id, name, outcome, boxes))
        assert receipt.conflict is None, receipt.conflict
        answers.append((session_id, submission_id))
    out.write_text(json.dumps({"held": held, "answers": answers, "state": claimed.state}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
