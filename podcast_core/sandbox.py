"""Processes that may do nothing but compute: they read what strangers made, and answer over a pipe.

Before such a process sees a byte of a stranger's file, the system takes from it what the file could misuse: it writes
nothing to a disk, starts no process, opens no file or address, and has so much memory and time. Messages are fields as
JSON and plain bytes: nothing that comes back is code or an object. Where a system has no such limits (Windows), what
the readers refuse themselves is what is left.
"""

import json
import os
import struct
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, BinaryIO

MAX_FIELD_BYTES = 1 << 20  # of what a message says about itself; chosen
MAX_PAYLOAD_BYTES = 1 << 28  # of its bytes; chosen: larger results come in pieces
_HEAD = struct.Struct(">II")
_ROOT = str(Path(__file__).resolve().parents[1])
# What Python needs to start; no settings, keys or tokens.
_ENVIRONMENT = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES")

Fields = dict[str, Any]


def spawn(module: str, **environment: str) -> "subprocess.Popen[bytes]":
    """Start the function ``main`` of a module of Pod.Cast in a process of its own, with pipes to it and from it."""
    code = f"import sys; sys.path.append(sys.argv[1]); from {module} import main; main()"
    return subprocess.Popen(
        [sys.executable, "-I", "-c", code, _ROOT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**{name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}, **environment},
        close_fds=True,
    )


def take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """In such a process: keep standard input and output for messages; what a library prints goes nowhere."""
    asking, answering = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    os.close(nothing)
    return asking, answering


def give_up(*, memory_bytes: int | None = None, cpu_s: int | None = None, most_files: int = 0) -> None:
    """In such a process: give up what computing does not need; a limit that the system does not know is passed over.

    Parameters
    ----------
    memory_bytes, cpu_s
        How much memory and computing time it has from now on; None: as much as there is.
    most_files
        How many files it may have open. With 0 it can open none from now on, sockets among them.
    """
    try:
        import resource
    except ImportError:
        return
    limits = {
        "RLIMIT_NOFILE": (most_files, most_files),
        "RLIMIT_FSIZE": (0, 0),
        "RLIMIT_CORE": (0, 0),
        "RLIMIT_NPROC": (0, 0),
        "RLIMIT_AS": None if memory_bytes is None else (memory_bytes, memory_bytes),
        "RLIMIT_CPU": None if cpu_s is None else (cpu_s, cpu_s + 1),
    }
    for name, values in limits.items():
        if values is not None:
            with suppress(AttributeError, ValueError, OSError):
                resource.setrlimit(getattr(resource, name), values)


def send(pipe: IO[bytes], fields: Fields, payload: bytes | memoryview = b"") -> None:
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
    if field_bytes > MAX_FIELD_BYTES or payload_bytes > MAX_PAYLOAD_BYTES:
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
