"""A table of sounds names them by any address: of a web server, of a bucket, of this machine."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from podcast_core.services.explore import collections, hearing, notebooks, table_intake
from podcast_core.services.explore.vectors import read_vectors
from podcast_core.workspace import Workspace
from tests.conftest import MakeWav
from tests.s3 import Bucket
from tests.web import Handler, Server, running


class Sounds(Handler):
    """Serves one sound."""

    def do_GET(self) -> None:
        if self.path == "/a.wav":
            self.answer_file(self.server.sound)
        else:
            self.answer(404)


@pytest.fixture
def site(make_wav: MakeWav) -> Iterator[Server]:
    with running(Server(Sounds)) as server:
        server.sound = make_wav("a.wav", seconds=2).read_bytes()  # type: ignore[attr-defined]  # its handler reads it
        yield server


def test_one_sound_by_three_addresses_is_one_recording_and_plays(
    s3_workspace: Workspace, bucket: Bucket, site: Server, tmp_path: Path
) -> None:
    """Row 4 of the reference: http, s3 and local; what is not there is a row with an error."""
    sound: bytes = site.sound  # type: ignore[attr-defined]  # see above
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "a.wav").write_bytes(sound)
    far = bucket.put("media/a.wav", sound)
    wanted = ["a.wav", f"{site.url}/a.wav", far, f"{site.url}/none.wav", far.replace("a.wav", "none.wav"), "none.wav"]
    entries = table_intake.make_entries([{"audio": each, "label": "x"} for each in wanted], folder=tmp_path / "media")
    made = table_intake.add_table(s3_workspace, round_name="media", name="media", entries=entries, embedder="mean-mfcc")
    notebooks.describe(s3_workspace, collection_id=made.id)
    found = collections.list_clips(s3_workspace, collection_id=made.id, numbers=range(6))
    assert len({each.recording_id for each in found[:3]}) == 1
    assert [bool(each.error) for each in found] == [False] * 3 + [True] * 3
    assert all(each.given_label == "x" for each in found)
    vectors = read_vectors(s3_workspace, made.id)
    np.testing.assert_array_equal(vectors[0], vectors[1])
    np.testing.assert_array_equal(vectors[0], vectors[2])
    sounds = {hearing.get_sound(s3_workspace, collection_id=made.id, number=number).data for number in range(3)}
    assert len(sounds) == 1
