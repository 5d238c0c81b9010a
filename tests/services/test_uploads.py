import hashlib
import io

import pytest

from podcast_core.errors import InvalidInput
from podcast_core.services import sources
from podcast_core.services.ingest import ingest
from podcast_core.services.uploads import keep_upload
from podcast_core.storage import recordings
from podcast_core.workspace import Workspace
from tests.conftest import MakeWav


def test_an_upload_is_kept_once_under_its_digest_with_its_name(workspace: Workspace, make_wav: MakeWav) -> None:
    data = make_wav().read_bytes()
    address = keep_upload(workspace, name="Bahía 3?.wav", file=io.BytesIO(data))
    assert address == f"store:uploads/{hashlib.sha256(data).hexdigest()}/Bahía 3_.wav"
    assert keep_upload(workspace, name="copy.wav", file=io.BytesIO(data)) == address
    assert workspace.files.read(address.removeprefix("store:")) == data
    report = ingest(workspace, paths=[address], round_name="sea")
    assert [each.session_count for each in report.added] == [1]
    with workspace.database.reading() as connection:
        (recording,) = recordings.list_recordings(connection)
    assert (recording.uri, recording.file_name) == (address, "Bahía 3_.wav")
    assert sources.locate(workspace, recording) == workspace.files.url(address.removeprefix("store:"))


@pytest.mark.parametrize("name", ["../../etc/passwd", "a\\b.wav", ".hidden.wav", "...", "", "x" * 300 + ".wav", "a\0b"])
def test_no_name_of_an_upload_leaves_its_folder(workspace: Workspace, name: str) -> None:
    address = keep_upload(workspace, name=name, file=io.BytesIO(b"bytes"))
    parts = address.removeprefix("store:").split("/")
    assert len(parts) == 3
    assert not parts[2].startswith(".")
    assert len(parts[2]) <= 120
    assert workspace.files.exists(address.removeprefix("store:"))


def test_what_is_empty_or_gone_is_named(workspace: Workspace) -> None:
    with pytest.raises(InvalidInput, match=r"nothing.wav: the file is empty"):
        keep_upload(workspace, name="nothing.wav", file=io.BytesIO())
    report = ingest(workspace, paths=["store:uploads/gone/x.wav"], round_name="sea")
    assert [each.reason for each in report.failed] == ["There is no such object in the file store."]
