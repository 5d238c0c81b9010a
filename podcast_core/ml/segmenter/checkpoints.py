"""How far a training is, kept in a file, so that it goes on from there after its process was killed.

The file holds a SHA-256 and safetensors: the networks that are trained, the one in hand with its optimiser, the states
of all generators, and a document (JSON) with everything else. It is replaced as a whole, and believed only when the sum
is right, it is of the very same task and was written by the very same code.
"""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podcast_core.ml.segmenter.loop import Loop
from podcast_core.storage.folder import Folder

if TYPE_CHECKING:
    from torch import Tensor

EVERY_S = 5.0  # writing a few megabytes takes some milliseconds
DIGEST_BYTES = 32  # SHA-256
DOCUMENT = "document"


class Checkpoint:
    """Keeps how far one training is.

    A training fits one network after the other, always in the same order. Those that were trained before it was killed
    are given back as they are; the one that was in hand goes on at the step at which it was last kept. On the processor
    all goes on exactly as if nothing had happened; on a graphics card dropout draws other numbers.

    Parameters
    ----------
    path
        The file, in any folder of this machine; None: nothing is kept.
    say
        Told in a sentence where a training goes on, or why it begins again.
    every_s
        Seconds from one writing to the next. What has been trained is written at once.

    Attributes
    ----------
    notes
        JSON values that the training adds to what is kept.
    """

    def __init__(
        self, path: Path | None = None, *, say: Callable[[str], None] = lambda _: None, every_s: float = EVERY_S
    ) -> None:
        self.notes: dict[str, Any] = {}
        self._path = path
        self._say = say
        self._every_s = every_s
        self._written_s = time.monotonic()
        self._task: dict[str, Any] = {}
        self._document: dict[str, Any] = {}  # of what was found and not taken up yet
        self._tensors: dict[str, Tensor] = {}
        self._trained: dict[str, Tensor] = {}
        self._index = 0  # of the network in hand

    def open(self, task: Mapping[str, Any]) -> None:
        """Look for what an earlier try has left; ``task``, JSON values, says all that decides what is trained.

        What is damaged, or of another task, is told and forgotten.
        """
        self._task = json.loads(json.dumps({**task, "code": digest_code()}))
        if self._path is None:
            return
        try:
            document, tensors = unpack(Folder().read(str(self._path)))
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            self._say(f"The checkpoint cannot be read, the training begins again: {error}.")
            return
        if document["task"] != self._task:
            self._say("The checkpoint is of other data or another version of Pod.Cast: the training begins again.")
            return
        self._document, self._tensors = document, tensors
        self.notes.update(document["notes"])
        spent_s = document["limit"]["whole"]["spent_s"]
        self._say(
            f"The training goes on from its checkpoint: network {document['index'] + 1}, step {document['steps']}, "
            f"after {spent_s:.1f} CPU seconds."
        )

    def take_up(self, loop: Loop) -> bool:
        """Bring a loop that begins to where it was kept, if it was; true: its network is trained already."""
        import torch

        if not self._document:
            return False
        found = self._document
        loop.network.load_state_dict(_below(self._tensors, _name(self._index)))
        if self._index == found["index"]:
            self._document = {}
            loop.limit.restore(found["limit"])
            torch.set_rng_state(self._tensors["chance"])
            if not found["is_trained"]:
                loop.steps, loop.average = found["steps"], found["average"]
                loop.batches.restore(found["batches"])
                _restore(loop, self._tensors)
                return False
        self._finish(loop)
        return True

    def keep(self, loop: Loop, *, is_trained: bool = False) -> None:
        """Write how far a loop is, when it is time to or its network is trained."""
        import torch

        if self._path is None or (not is_trained and time.monotonic() - self._written_s < self._every_s):
            return
        document = {
            "task": self._task,
            "notes": self.notes,
            "index": self._index,
            "is_trained": is_trained,
            "steps": loop.steps,
            "average": loop.average,
            "limit": loop.limit.state(),
            "batches": loop.batches.state(),
        }
        tensors = {**self._trained, **_above(_name(self._index), loop.network.state_dict())}
        tensors["chance"] = torch.get_rng_state()
        if is_trained:
            self._finish(loop)
        else:
            for number, values in loop.optimizer.state_dict()["state"].items():
                tensors |= _above(f"optimizer.{number}.", values)
        try:
            Folder().write(str(self._path), pack(document, tensors))
        except OSError as error:
            self._say(f"No checkpoint can be written, a training that is killed begins again: {error}.")
            self._path = None
        self._written_s = time.monotonic()

    def delete(self) -> None:
        """Forget all that is kept."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def _finish(self, loop: Loop) -> None:
        self._trained |= _above(_name(self._index), loop.network.state_dict())
        self._index += 1


def pack(document: Mapping[str, Any], tensors: "Mapping[str, Tensor]") -> bytes:
    """Write a document, tensors, and their checksum."""
    import torch
    from safetensors.torch import save

    text = bytearray(json.dumps(document).encode())
    here = {name: values.cpu().contiguous() for name, values in tensors.items()}
    data = save({**here, DOCUMENT: torch.frombuffer(text, dtype=torch.uint8)})
    return hashlib.sha256(data).digest() + data


def unpack(data: bytes) -> "tuple[dict[str, Any], dict[str, Tensor]]":
    """Read what `pack` wrote; ValueError when it is not that, to the last bit."""
    from safetensors.torch import load

    digest, rest = data[:DIGEST_BYTES], data[DIGEST_BYTES:]
    if hashlib.sha256(rest).digest() != digest:
        raise ValueError("it is damaged")
    tensors = load(rest)
    return json.loads(tensors.pop(DOCUMENT).numpy().tobytes()), tensors


@lru_cache(maxsize=1)
def digest_code() -> str:
    """Compute the SHA-256 of the code that trains: another one may do other things in another order."""
    total = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        total.update(path.read_bytes())
    return total.hexdigest()


def _restore(loop: Loop, tensors: "Mapping[str, Tensor]") -> None:
    """Give the optimiser what it knew of each parameter."""
    state: dict[int, dict[str, Tensor]] = {}
    for name, values in _below(tensors, "optimizer.").items():
        number, _, what = name.partition(".")
        state.setdefault(int(number), {})[what] = values
    loop.optimizer.load_state_dict({**loop.optimizer.state_dict(), "state": state})


def _name(index: int) -> str:
    return f"network.{index}."


def _above(prefix: str, tensors: "Mapping[str, Tensor]") -> "dict[str, Tensor]":
    return {f"{prefix}{name}": values.detach().clone() for name, values in tensors.items()}


def _below(tensors: "Mapping[str, Tensor]", prefix: str) -> "dict[str, Tensor]":
    return {name.removeprefix(prefix): values for name, values in tensors.items() if name.startswith(prefix)}
