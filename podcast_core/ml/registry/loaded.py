"""Models that are loaded: each once per process, when it is first needed, and only a few at a time."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from podcast_core.domain.model import ModelVersion
from podcast_core.ml.device import AUTO, choose_device
from podcast_core.ml.interfaces import Detector, Embedder
from podcast_core.ml.registry import loading, versions
from podcast_core.storage.files import FileStore

MAX_LOADED = 4  # models in memory; the one that was not used for longest goes first


@dataclass(slots=True)
class _Place:
    """Where one model is or will be; whoever holds the lock loads it."""

    lock: Lock = field(default_factory=Lock)
    model: Any = None


class LoadedModels:
    """The models of a file store, loaded on the device of this process or another. Threads can share it.

    Parameters
    ----------
    files
        Where the models are.
    device
        As in `choose_device`, which is asked when the first model is loaded.
    most
        How many stay loaded.
    """

    def __init__(self, files: FileStore, device: str = AUTO, *, most: int = MAX_LOADED) -> None:
        self._files = files
        self._wanted = device
        self._most = most
        self._lock = Lock()
        self._places: OrderedDict[tuple[str, str, bytes], _Place] = OrderedDict()

    @property
    def device(self) -> str:
        """Where models run, as `choose_device` says."""
        return choose_device(self._wanted)

    def choose(self, device: str = "") -> str:
        """Choose a device as `choose_device` does; empty: that of this process."""
        return choose_device(device, "The device that was asked for") if device else self.device

    def load_detector(self, name: str, version: int | None = None, *, device: str = "") -> Detector:
        """Load what finds calls; ``version`` None: the one in use.

        Parameters
        ----------
        device
            See `choose`.

        Raises
        ------
        NotFound, ModelUnavailable
            When there is no such version; when it cannot run here.
        """
        return self.make_detector(versions.get_version(self._files, name, version), device=device)

    def make_detector(self, version: ModelVersion, *, device: str = "") -> Detector:
        """Load a version that is at hand; else as `load_detector`."""
        detector: Detector = self._load("detector", version, loading.make_detector, device)
        return detector

    def load_embedder(self, name: str, version: int | None = None) -> Embedder:
        """Load what describes sound; ``version`` None: the one in use.

        Raises
        ------
        NotFound, ModelUnavailable
            When there is no such version; when it cannot run here or describes nothing.
        """
        return self.make_embedder(versions.get_version(self._files, name, version))

    def make_embedder(self, version: ModelVersion) -> Embedder:
        """Load a version that is at hand; else as `load_embedder`."""
        embedder: Embedder = self._load("embedder", version, loading.make_embedder, "")
        return embedder

    def _load(
        self, what: str, version: ModelVersion, make: Callable[[FileStore, ModelVersion, str], Any], device: str
    ) -> Any:
        """Load, or wait until another thread has loaded. What fails is tried again the next time."""
        where = self.choose(device)
        key = what, where, versions.write_document(version)
        with self._lock:
            place = self._places.setdefault(key, _Place())
            self._places.move_to_end(key)
            while len(self._places) > self._most:
                self._places.popitem(last=False)
        with place.lock:
            if place.model is None:
                place.model = make(self._files, version, where)
            return place.model
