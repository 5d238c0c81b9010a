"""WAV files that are nothing but chunks: what recorders write beside the sound."""

import struct
from pathlib import Path


def make_wav(path: Path, *chunks: tuple[bytes, bytes]) -> str:
    body = b"".join(
        name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2) for name, content in chunks
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body)
    return str(path)


def make_comment(text: str) -> tuple[bytes, bytes]:
    comment = text.encode() + b"\0"
    return b"LIST", b"INFOICMT" + struct.pack("<I", len(comment)) + comment
