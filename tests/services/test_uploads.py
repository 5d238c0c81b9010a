import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from podcast_core.errors import InvalidInput
from podcast_core.services.intake.ingest import ingest
from podcast_core.services.intake.uploads import keep_upload, take_upload, take_uploads
from podcast_core.services.pictures import sounds
from podcast_core.services.store import sources
from podcast_core.services.store.source_names import split_address
from podcast_core.workspace import Workspace
from tests.building import list_recordings, list_sessions, with_settings
from tests.conftest import MakeWav


def test_an_upload_is_kept_once_under_its_digest_with_its_name(workspace: Workspace, make_wav: MakeWav) -> None:
    data = make_wav().read_bytes()
    sent = keep_upload(workspace, name="Bahía 3?.wav", file=io.BytesIO(data))
    address, name = split_address(sent)
    assert address == f"store:uploads/{hashlib.sha256(data).hexdigest()}/Bahía 3_.wav"
    assert name == "Bahía 3?.wav"
    assert split_address(keep_upload(workspace, name="copy.wav", file=io.BytesIO(data))) == (address, "copy.wav")
    assert workspace.files.list("uploads") == [address.removeprefix("store:")]
    assert workspace.files.read(address.removeprefix("store:")) == data
    report = ingest(workspace, paths=[sent], round_name="sea")
    assert [each.session_count for each in report.added] == [1]
    (recording,) = list_recordings(workspace)
    assert (recording.uri, recording.file_name, recording.original_name) == (address, "Bahía 3?.wav", "")
    assert sources.locate(workspace, recording) == workspace.files.url(address.removeprefix("store:"))


@pytest.mark.parametrize(
    ("name", "file_name", "original_name"),
    [
        ("plain.wav", "plain.wav", ""),
        ("it's & 50% #2.wav", "it's & 50% #2.wav", ""),
        ("50%25 off.wav", "50%25 off.wav", ""),
        ("siteA/20200601_050000.wav", "20200601_050000.wav", "siteA/20200601_050000.wav"),
        ("C:\\data\\siteA\\x.wav", "x.wav", "data/siteA/x.wav"),
        ("../../etc/x.wav", "x.wav", "etc/x.wav"),
        ("鯨の歌 Сова.wav", "鯨の歌 Сова.wav", ""),
        ("Ho\u0308hle 1.wav", "Ho\u0308hle 1.wav", ""),  # as macOS writes it
        ("2020-04-15T10:25:00Z.wav", "2020-04-15T10:25:00Z.wav", ""),
        ("a\tb\n\0.wav", "a_b__.wav", ""),
        ("鯨" * 300 + ".wav", "鯨" * 251 + ".wav", ""),
        (".hidden.wav", ".hidden.wav", ""),
    ],
)
def test_a_recording_keeps_the_name_it_was_sent_under(
    workspace: Workspace, make_wav: MakeWav, name: str, file_name: str, original_name: str
) -> None:
    address = take_upload(workspace, name=name, file=io.BytesIO(make_wav().read_bytes()))
    report = ingest(workspace, paths=[address], round_name="sea")
    assert report.failed == ()
    (recording,) = list_recordings(workspace)
    assert (recording.file_name, recording.original_name) == (file_name, original_name)
    assert "#" not in recording.uri
    assert (recording.started_at is None) == ("2020" not in file_name)
    assert sounds.get_audio(workspace, round_id="sea", session_id=one_session(workspace))


def one_session(workspace: Workspace) -> str:
    (session,) = list_sessions(workspace, "sea")
    return session.id


def test_uploads_of_one_name_from_two_folders_are_told_apart(workspace: Workspace, make_wav: MakeWav) -> None:
    names = ("siteA/20200601_050000.wav", "siteB/20200601_050000.wav")
    sent = [(name, io.BytesIO(make_wav(seed=seed).read_bytes())) for seed, name in enumerate(names)]
    report = ingest(workspace, paths=take_uploads(workspace, sent).addresses, round_name="sea")
    assert len(report.added) == 2
    found = list_recordings(workspace)
    assert {each.file_name for each in found} == {"20200601_050000.wav"}
    assert {each.original_name for each in found} == set(names)


@pytest.mark.parametrize("name", ["../../etc/passwd", "a\\b.wav", ".hidden.wav", "...", "", "x" * 300 + ".wav", "a\0b"])
def test_no_name_of_an_upload_leaves_its_folder(workspace: Workspace, name: str) -> None:
    address, _ = split_address(keep_upload(workspace, name=name, file=io.BytesIO(b"bytes")))
    parts = address.removeprefix("store:").split("/")
    assert len(parts) == 3
    assert not parts[2].startswith(".")
    assert len(parts[2]) <= 120
    assert workspace.files.exists(address.removeprefix("store:"))


def test_what_is_empty_or_gone_is_named(workspace: Workspace) -> None:
    with pytest.raises(InvalidInput, match="The file is empty"):
        keep_upload(workspace, name="nothing.wav", file=io.BytesIO())
    report = ingest(workspace, paths=["store:uploads/gone/x.wav"], round_name="sea")
    assert [each.reason for each in report.failed] == ["There is no such object in the file store."]


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".mp3"])
def test_what_is_too_long_is_not_kept(workspace: Workspace, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"night{suffix}"
    soundfile.write(path, np.zeros(8000 * 8), 8000)
    short = with_settings(workspace, longest_upload_hours=0.002)
    with path.open("rb") as file, pytest.raises(InvalidInput, match=f"night{suffix}: .* longer than 7.2 s"):
        take_upload(short, name=path.name, file=file)
    assert workspace.files.list("uploads") == []
    with path.open("rb") as file:
        assert take_upload(workspace, name=path.name, file=file).endswith(path.name)


def test_a_bad_file_among_several_is_named_and_the_others_are_kept(workspace: Workspace, make_wav: MakeWav) -> None:
    whole, cut = (io.BytesIO(make_wav().read_bytes()[:end]) for end in (None, 9000))
    taken = take_uploads(workspace, [("a.wav", whole), ("in/b.wav", cut), ("c.wav", io.BytesIO())])
    assert [split_address(each)[1] for each in taken.addresses] == ["a.wav"]
    assert [name for name, _ in taken.refused] == ["in/b.wav", "c.wav"]
    assert "truncated" in taken.refused[0][1]
    assert "empty" in taken.refused[1][1]
    taken.check_any()
    with pytest.raises(InvalidInput, match=r"in/b.wav: .*truncated"):
        take_uploads(workspace, [("in/b.wav", cut)]).check_any()
    assert len(workspace.files.list("uploads")) == 1
