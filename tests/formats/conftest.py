import pytest

from podcast_core.domain.annotation import Annotation
from podcast_core.formats.contents import Batch, Entry, make_batch
from tests.formats.builders import make_recording, make_round, make_session, make_submission


@pytest.fixture
def batch() -> Batch:
    """Three sessions of one recording: two boxes (the later first), empty, never looked at."""
    recording = make_recording(file_name="OS_1.wav")
    made = [make_session(recording, number) for number in range(3)]
    boxes = (Annotation(5.5, 6.25, "click", low_hz=100.0, high_hz=2000.0), Annotation(1.5, 2.0, "call"))
    entries = [
        Entry(recording, made[0], (), make_submission(made[0], *boxes)),
        Entry(recording, made[1], (), make_submission(made[1])),
        Entry(recording, made[2]),
    ]
    return make_batch(make_round(), entries[::-1])
