"""Networks in files: ONNX and torch.export, each run in a process of its own."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from threading import Lock, Timer
from typing import IO, Any, Protocol
from weakref import finalize

import numpy as np
from numpy.typing import NDArray

from podcast_core.errors import ModelUnavailable
from podcast_core.ml.external.card import ONNX, TORCHSCRIPT, ModelCard, OutputName
from podcast_core.sandbox import MAX_PAYLOAD_BYTES, Fields, receive, send, spawn
from podcast_core.settings import read_settings

CONVERT = (
    "A TorchScript file is a program that can do anything, so it is not run here any more. Write the network as "
    "torch.export or ONNX; `python -m podcast_core models convert CARD` does it for a file that you trust."
)
_NUMBERS = "biuf"  # what an array may hold: truth values, whole numbers, numbers with a point


class Network(Protocol):
    """A network that is loaded."""

    @property
    def batch(self) -> int | None:
        """How many windows it must be given at once; None: any number."""

    def run(self, inputs: NDArray[np.float32], outputs: Sequence[OutputName]) -> list[NDArray[Any]]:
        """Run it on inputs of the card's shape: outputs by name or number, in the order in which they were asked for.

        Raises
        ------
        ModelUnavailable
            When there is no such output, or it cannot take what it is given.
        """


def open_network(card: ModelCard, weights: bytes, device: str) -> Network:
    """Load a network.

    Raises
    ------
    ModelUnavailable
        When its package is not installed, or the file is not what the card says, or would do more than compute.
    """
    if card.format == TORCHSCRIPT:
        raise ModelUnavailable(CONVERT)
    package = "onnxruntime" if card.format == ONNX else "torch"
    if find_spec(package) is None:
        raise ModelUnavailable(f"{card.format} models need the package {package}: python -m pip install {package}.")
    return NetworkProcess(card, weights, device)


class NetworkProcess:
    """A network in a process that can do nothing but compute; see `network_process`. Threads can share it."""

    def __init__(self, card: ModelCard, weights: bytes, device: str) -> None:
        settings = read_settings()
        self._longest_s = settings.network_s
        self._lock = Lock()
        self._process = spawn("podcast_core.ml.external.process", OMP_NUM_THREADS="1")
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._asking: IO[bytes] = self._process.stdin
        self._answering: IO[bytes] = self._process.stdout
        self.close = finalize(self, _end, self._process)
        wanted = {
            "format": card.format,
            "input_name": card.input.name,
            "device": device,
            "memory_bytes": settings.network_memory_mb * 1_000_000,
            "size_bytes": len(weights),
        }
        with self._in_time():
            for first in range(0, max(len(weights), 1), MAX_PAYLOAD_BYTES):
                send(self._asking, wanted, memoryview(weights)[first : first + MAX_PAYLOAD_BYTES])
            self._batch: int | None = self._receive()[0].get("batch")

    @property
    def batch(self) -> int | None:
        """How many windows at once; None: any number."""
        return self._batch

    def run(self, inputs: NDArray[np.float32], outputs: Sequence[OutputName]) -> list[NDArray[Any]]:
        """Run it; see `Network.run`."""
        given = np.ascontiguousarray(inputs, np.float32)
        with self._lock, self._in_time():
            send(self._asking, {"shape": given.shape, "outputs": list(outputs)}, given.tobytes())
            return [_to_array(*self._receive()) for _ in outputs]

    @contextmanager
    def _in_time(self) -> Iterator[None]:
        """End the process when an answer takes too long; whatever it asks for, it is not waited for any more."""
        timer = Timer(self._longest_s, self._process.kill)
        timer.start()
        try:
            yield
        except (EOFError, OSError, ValueError) as error:
            is_late = not timer.is_alive()
            self.close()
            why = f"it took longer than {self._longest_s:g} s (PODCAST_NETWORK_S)" if is_late else "it gave up"
            raise ModelUnavailable(
                f"The network's process has ended: {why}. It may be damaged, or need more memory than one may have "
                "(PODCAST_NETWORK_MEMORY_MB)."
            ) from error
        finally:
            timer.cancel()

    def _receive(self) -> tuple[Fields, bytes]:
        fields, data = receive(self._answering)
        if "refused" in fields:
            raise ModelUnavailable(str(fields["refused"])[:1000])
        return fields, data


def _end(process: Any) -> None:
    process.kill()
    for pipe in (process.stdin, process.stdout):
        with suppress(OSError):
            pipe.close()
    process.wait()


def _to_array(fields: Fields, data: bytes) -> NDArray[Any]:
    """Make an array of numbers of what came back; ValueError for anything else."""
    dtype = np.dtype(str(fields["dtype"]))
    if dtype.kind not in _NUMBERS:
        raise ValueError(f"expected numbers, found {dtype}")
    return np.frombuffer(data, dtype).reshape(fields["shape"])


def pick(found: Sequence[Any], names: Sequence[str], wanted: OutputName) -> Any:
    """Pick an output by its name or number; ModelUnavailable when there is none."""
    if isinstance(wanted, int) and 0 <= wanted < len(found):
        return found[wanted]
    if wanted in names:
        return found[list(names).index(str(wanted))]
    known = ", ".join(names) if names else f"0 to {len(found) - 1}"
    raise ModelUnavailable(f"The network has no output {wanted!r}; expected one of: {known}.")
