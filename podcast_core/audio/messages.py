"""Messages between Pod.Cast and its decoder process: fields as JSON and plain bytes, over two pipes.

Nothing that comes from a decoder process is code or an object: it has read a stranger's file.
"""

import json
import struct
from typing import IO, Any

MOST_FIELD_BYTES = 1 << 20
MOST_PAYLOAD_BYTES = 1 << 28
_HEAD = struct.Struct(">II")

Fields = dict[str, Any]


def send(pipe: IO[bytes], fields: Fields, payload: bytes = b"") -> None:
    """Send one message."""
    text = json.dumps(fields).encode()
    pipe.write(_HEAD.pack(len(text), len(payload)) + text)
    pipe.write(payload)
    pipe.flush()


def receive(pipe: IO[bytes]) -> tuple[Fields, bytes]:
    """Receive one message.

    Raises
    ------
    EOFError
        When the other side has ended, or sends what is no message.
    """
    head = pipe.read(_HEAD.size)
    if len(head) < _HEAD.size:
        raise EOFError
    field_bytes, payload_bytes = _HEAD.unpack(head)
    if field_bytes > MOST_FIELD_BYTES or payload_bytes > MOST_PAYLOAD_BYTES:
        raise EOFError
    text, payload = pipe.read(field_bytes), pipe.read(payload_bytes)
    if len(text) < field_bytes or len(payload) < payload_bytes:
        raise EOFError
    try:
        fields = json.loads(text)
    except ValueError as error:
        raise EOFError from error
    if not isinstance(fields, dict):
        raise EOFError
    return fields, payload
