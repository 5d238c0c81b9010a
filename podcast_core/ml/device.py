"""Where models run: on the processor, on an NVIDIA card (CUDA) or on Apple's (MPS)."""

import ctypes
import platform
import re
import sys
from functools import lru_cache
from importlib import metadata

from podcast_core.errors import InvalidInput, ModelUnavailable
from podcast_core.settings import DEVICES

AUTO, CPU, CUDA, MPS = "auto", "cpu", "cuda", "mps"
SETTING = "PODCAST_DEVICE"
CUDA_DRIVERS = ("libcuda.so.1", "nvcuda.dll")


@lru_cache(maxsize=8)
def choose_device(wanted: str = AUTO, what: str = SETTING) -> str:
    """Choose where models run; the first answer stands for the life of the process.

    Parameters
    ----------
    wanted
        What ``PODCAST_DEVICE`` or somebody says: ``cpu``, ``cuda``, ``cuda:1`` (the second card), ``mps``; ``auto``:
        CUDA before MPS before the processor.
    what
        Names in messages what says it.

    Returns
    -------
    str
        A device as PyTorch names it.

    Raises
    ------
    ModelUnavailable
        When what is wanted is not here.
    """
    if wanted == CPU:
        return CPU
    try:
        import torch
    except ImportError as error:
        if wanted == AUTO:
            return CPU
        raise ModelUnavailable(
            f"{what} is {wanted!r}, and PyTorch is not installed: python -m pip install torch."
        ) from error
    cards = torch.cuda.device_count() if torch.cuda.is_available() else 0
    has_mps = torch.backends.mps.is_available()
    if wanted == AUTO:
        return CUDA if cards else MPS if has_mps else CPU
    kind, _, number = wanted.partition(":")
    if (kind == CUDA and int(number or 0) < cards) or (wanted == MPS and has_mps):
        return wanted
    raise ModelUnavailable(
        f"{what} is {wanted!r}, which is not here: expected auto, cpu"
        f"{', mps' if has_mps else ''}{', ' + name_cards(cards) if cards else ''}."
    )


def name_cards(count: int) -> str:
    """Name CUDA cards as ``PODCAST_DEVICE`` takes them."""
    return ", ".join(f"{CUDA}:{number}" for number in range(count))


def check_device(wanted: str) -> None:
    """Refuse what cannot be a device on any machine; empty: none is wanted (InvalidInput)."""
    if wanted and not re.fullmatch(DEVICES, wanted):
        raise InvalidInput(f"A device is auto, cpu, mps, cuda or cuda:0 to cuda:99, found {wanted[:20]!r}.")


@lru_cache(maxsize=1)
def list_devices() -> tuple[str, ...]:
    """List where models can run on this machine, without the seconds that it takes to import PyTorch."""
    try:
        version = metadata.version("torch")
    except metadata.PackageNotFoundError:
        return (CPU,)
    if sys.platform == "darwin":
        return (CPU, MPS) if platform.machine() == "arm64" else (CPU,)
    cards = 0 if version.endswith("+cpu") else _count_cards()
    return CPU, *((CUDA,) if cards == 1 else (f"{CUDA}:{number}" for number in range(cards)))


def _count_cards() -> int:
    """Ask NVIDIA's driver how many cards there are; 0 without one."""
    for name in CUDA_DRIVERS:
        try:
            driver = ctypes.CDLL(name)
        except OSError:
            continue
        count = ctypes.c_int()
        if driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0:
            return count.value
    return 0


def use_one_thread() -> None:
    """Let PyTorch use one thread of the processor: on a busy small machine, two were 7 to 10 times slower."""
    import torch

    if torch.get_num_threads() != 1:
        torch.set_num_threads(1)
