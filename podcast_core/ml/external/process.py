"""A process that runs one network from a file, and can do nothing else; see `sandbox`.

The file is checked before PyTorch or ONNX Runtime see it (`torch_archives`, `onnx_network`). What those checks miss
meets a process that writes nothing, reaches nobody, and whose parent ends it when it takes too long.
"""

import os
import sys
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from podcast_core.errors import ModelUnavailable
from podcast_core.ml.external import torch_network
from podcast_core.ml.external.card import ONNX
from podcast_core.ml.external.files import Network
from podcast_core.ml.external.onnx_network import OnnxNetwork, check_onnx, warm_up
from podcast_core.sandbox import Fields, give_up, receive, send, take_pipes

MAX_TORCH_FILES = 64  # PyTorch imports parts of itself when a file is loaded
_FORBIDDEN = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.spawn", "shutil.")
_CHANGES = frozenset(
    {"os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.chmod", "os.chown"}
)


def main() -> None:
    """Serve one parent until it closes the pipe."""
    asking, answering = take_pipes()
    try:
        _serve(asking, answering)
    except (EOFError, BrokenPipeError):
        return


def _serve(asking: BinaryIO, answering: BinaryIO) -> None:
    fields, weights = receive(asking)
    while len(weights) < fields["size_bytes"]:  # a message holds so much only
        weights += receive(asking)[1]
    try:
        network = _load(fields, weights)
    except (ModelUnavailable, MemoryError) as error:
        send(answering, _explain(error))
        return
    send(answering, {"batch": network.batch})
    while True:
        asked, data = receive(asking)
        inputs = np.frombuffer(data, np.float32).reshape(asked["shape"])
        try:
            found = network.run(inputs, asked["outputs"])
        except (ModelUnavailable, MemoryError) as error:
            send(answering, _explain(error))
            continue
        for each in found:
            array: NDArray[Any] = np.ascontiguousarray(each)
            send(answering, {"shape": array.shape, "dtype": array.dtype.str}, array.tobytes())


def _explain(error: Exception) -> Fields:
    needs_more = "The network needs more memory than one may have (PODCAST_NETWORK_MEMORY_MB)."
    return {"refused": needs_more if isinstance(error, MemoryError) else str(error)}


def _load(fields: Fields, weights: bytes) -> Network:
    device, memory_bytes = fields["device"], fields["memory_bytes"]
    if device != "cpu":
        memory_bytes = None  # CUDA reserves addresses for more than there is
    if fields["format"] == ONNX:
        check_onnx(weights)
        warm_up()
        give_up(memory_bytes=memory_bytes, most_files=0 if device == "cpu" else MAX_TORCH_FILES)
        return OnnxNetwork(weights, device, input_name=fields["input_name"])
    torch_network.warm_up()
    give_up(memory_bytes=memory_bytes, most_files=MAX_TORCH_FILES)
    sys.addaudithook(_refuse)
    return torch_network.load(weights, device)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse what a network has no business to do: everything but reading the files of installed packages."""
    if event.startswith(_FORBIDDEN) or event in _CHANGES:
        raise PermissionError(f"a network may not do this: {event}")
    if event == "open":
        path, mode, flags = (*arguments, None, None, None)[:3]
        writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if writes or (isinstance(mode, str) and set(mode) & set("wax+")) or not _is_installed(path):
            raise PermissionError("a network may not open files")


def _is_installed(path: object) -> bool:
    if isinstance(path, int):
        return True
    where = os.path.realpath(os.fsdecode(path)) if isinstance(path, str | bytes | os.PathLike) else ""
    return where.startswith(tuple(os.path.realpath(each) + os.sep for each in (sys.prefix, sys.base_prefix)))
