"""The process in which a map is fitted. Its parent can end it at any moment, and gets its memory back."""

import os
import threading
from typing import IO, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from podcast_core.ml.embedding.directions import Vectors
from podcast_core.ml.projection.fitting import FITS, place_among
from podcast_core.ml.projection.pca import Places
from podcast_core.sandbox import Fields, receive, send, take_pipes

BEAT_S = 0.25  # between two signs of how far it is; chosen
BLOCK = 1 << 24  # numbers in a message


def main() -> None:
    """Fit one map: vectors and where they start come in, places go out, and the progress in between."""
    asking, answering = take_pipes()
    try:
        fields, _ = receive(asking)
        fitted, rest, start = (receive_array(asking) for _ in range(3))
        progress: Fields = {"share": 0.0, "stage": "looking for neighbours"}
        with _Beat(answering, progress):
            said, found = answer(fields, fitted, rest, start, progress)
        send(answering, said)
        for each in found:
            send_array(answering, each)
    except (EOFError, BrokenPipeError):
        return


def send_array(pipe: IO[bytes], array: NDArray[np.float32]) -> None:
    """Send an array of any shape and size."""
    flat = np.asarray(array, np.float32).reshape(-1)
    send(pipe, {"shape": array.shape})
    for first in range(0, len(flat), BLOCK):
        send(pipe, {}, flat[first : first + BLOCK].tobytes())


def receive_array(pipe: IO[bytes]) -> NDArray[np.float32]:
    """Receive what `send_array` sent."""
    array = np.empty(receive(pipe)[0]["shape"], np.float32)
    data, first = array.reshape(-1).view(np.uint8), 0
    while first < len(data):
        block = receive(pipe)[1]
        data[first : first + len(block)] = np.frombuffer(block, np.uint8)
        first += len(block)
    return array


def answer(
    fields: Fields, fitted: Vectors, rest: Vectors, start: Places, progress: Fields
) -> tuple[Fields, list[Places]]:
    """Fit, and place the rest by what was fitted; ``progress`` is kept up to date meanwhile."""

    def tell(share: float) -> None:
        progress.update(share=share, stage="drawing")

    try:
        is_new = np.isnan(start).any(axis=1)
        if is_new.any():  # on an old map: beside what they are like
            start[is_new] = place_among(fitted[is_new], fitted[~is_new], start[~is_new])
        places = FITS[fields["method"]](fitted, start, fields["seed"], tell, is_again=fields["is_again"])
        progress["stage"] = "placing the rest"
        others = place_among(rest, fitted, places) if len(rest) else np.zeros((0, start.shape[1]), np.float32)
    except (ValueError, MemoryError, ImportError, RuntimeError) as error:
        return {"refused": f"{type(error).__name__}: {error}"[:500]}, []
    return {"is_done": True}, [places, others]


class _Beat:
    """Sends the progress again and again, so that the parent never waits long to learn that it is not wanted."""

    def __init__(self, pipe: BinaryIO, progress: Fields) -> None:
        self._pipe, self._progress = pipe, progress
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._beat)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: Any) -> None:
        self._done.set()
        self._thread.join()

    def _beat(self) -> None:
        try:
            while not self._done.wait(BEAT_S):
                send(self._pipe, dict(self._progress))
        except BrokenPipeError:  # the parent has gone: nobody wants the map
            os._exit(1)
