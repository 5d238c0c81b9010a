"""Where the segments of a playlist may be: a playlist is written by anybody, and read with our rights and keys."""

from pathlib import Path

import pytest

from podcast_core.errors import InvalidInput, NotFound
from podcast_core.services.hls.archive import Archive, Folder
from podcast_core.workspace import Workspace
from tests.building import with_settings


def read(workspace: Workspace, playlist: Path | str, uri: str) -> bytes:
    return Archive(str(playlist), workspace).read_segment(Folder(str(playlist), None), uri)


def test_a_playlist_of_a_folder_names_what_lies_beside_or_below_it(workspace: Workspace, tmp_path: Path) -> None:
    folder, secret, shared = tmp_path / "hls", tmp_path / "secret.ts", tmp_path / "shared"
    (folder / "a").mkdir(parents=True)
    shared.mkdir()
    playlist = folder / "live.m3u8"
    for path in (folder / "1.ts", folder / "a" / "2.ts", secret, shared / "3.ts", playlist):
        path.write_bytes(path.name.encode())
    (folder / "link.ts").symlink_to(secret)
    for uri in ("1.ts", "./1.ts", "a/../1.ts", str(folder / "1.ts")):
        assert read(workspace, playlist, uri) == b"1.ts", uri
    assert read(workspace, playlist, "a/2.ts") == b"2.ts"
    outside = ("../secret.ts", str(secret), f"/{secret}", "a/../../secret.ts", "link.ts", f"file://{secret}", "\0")
    for uri in (
        *outside,
        "~/x",
        f"FILE://{secret}",
        "s3://b/k",
        str(shared / "3.ts"),
        "/dev/zero",
        "/proc/self/environ",
    ):
        with pytest.raises((InvalidInput, NotFound), match=r"not in its own folder|There is no|not a valid path"):
            read(workspace, playlist, uri)
    named = with_settings(workspace, recording_folders=f"/x, {shared}")
    assert read(named, playlist, str(shared / "3.ts")) == b"3.ts"
    with pytest.raises(InvalidInput, match="not in its own folder"):
        read(named, playlist, "../secret.ts")


@pytest.mark.parametrize(
    "uri",
    [
        "s3://other/a.ts",
        "s3://bucket/other/a.ts",
        "s3://bucket/node/../x",
        "../x",
        "file:///etc/passwd",
        "S3://bucket/x",
    ],
)
def test_a_playlist_of_a_bucket_names_what_lies_beside_or_below_it(workspace: Workspace, uri: str) -> None:
    with pytest.raises(InvalidInput, match="not in its own folder"):
        read(workspace, "s3://bucket/node/live.m3u8", uri)


@pytest.mark.parametrize("uri", ["file:///etc/passwd", "s3://bucket/a.ts", "ftp://x/a.ts", "data:,x"])
def test_a_playlist_of_the_web_names_addresses_of_the_web(workspace: Workspace, uri: str) -> None:
    with pytest.raises(InvalidInput, match="not on the web"):
        read(workspace, "https://example.org/live.m3u8", uri)
