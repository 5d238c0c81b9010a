import hashlib
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from podcast_core.errors import InvalidInput
from podcast_core.services.intake import sources
from podcast_core.services.intake.ingest import ingest
from podcast_core.services.intake.uploads import keep_upload, take_upload, take_uploads
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


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".mp3"])
def test_what_is_too_long_is_not_kept(workspace: Workspace, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"night{suffix}"
    soundfile.write(path, np.zeros(8000 * 8), 8000)
    short = replace(workspace, settings=workspace.settings.model_copy(update={"longest_upload_hours": 0.002}))
    with path.open("rb") as file, pytest.raises(InvalidInput, match=f"night{suffix}: .* longer than 0.002 h"):
        take_upload(short, name=path.name, file=file)
    assert workspace.files.list("uploads") == []
    with path.open("rb") as file:
        assert take_upload(workspace, name=path.name, file=file).endswith(path.name)


def test_of_several_all_are_kept_or_none(workspace: Workspace, make_wav: MakeWav) -> None:
    whole, cut = (io.BytesIO(make_wav().read_bytes()[:end]) for end in (None, 9000))
    with pytest.raises(InvalidInput, match=r"b.wav: .*truncated"):
        take_uploads(workspace, [("a.wav", whole), ("b.wav", cut)])
    assert workspace.files.list("uploads") == []
    assert len(take_uploads(workspace, [("a.wav", whole), ("b.wav", whole)])) == 2
