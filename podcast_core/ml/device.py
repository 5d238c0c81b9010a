"""Where models run: on the processor, on an NVIDIA card (CUDA) or on Apple's (MPS); chosen once per process."""

from functools import lru_cache

from podcast_core.errors import ModelUnavailable

AUTO, CPU, CUDA, MPS = "auto", "cpu", "cuda", "mps"


@lru_cache(maxsize=8)
def choose_device(wanted: str = AUTO) -> str:
    """Choose where models run; the first answer stands for the life of the process.

    Parameters
    ----------
    wanted
        What ``PODCAST_DEVICE`` says: ``cpu``, ``cuda``, ``cuda:1`` (the second card), ``mps``; ``auto``: CUDA before
        MPS before the processor.

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
            f"PODCAST_DEVICE is {wanted!r}, and PyTorch is not installed: python -m pip install torch."
        ) from error
    cards = torch.cuda.device_count() if torch.cuda.is_available() else 0
    has_mps = torch.backends.mps.is_available()
    if wanted == AUTO:
        return CUDA if cards else MPS if has_mps else CPU
    kind, _, number = wanted.partition(":")
    if (kind == CUDA and int(number or 0) < cards) or (wanted == MPS and has_mps):
        return wanted
    raise ModelUnavailable(
        f"PODCAST_DEVICE is {wanted!r}, which is not here: expected auto, cpu"
        f"{', mps' if has_mps else ''}{', ' + name_cards(cards) if cards else ''}."
    )


def name_cards(count: int) -> str:
    """Name CUDA cards as ``PODCAST_DEVICE`` takes them."""
    return ", ".join(f"{CUDA}:{number}" for number in range(count))


def use_one_thread() -> None:
    """Let PyTorch use one thread of the processor: on a busy small machine, two were 7 to 10 times slower."""
    import torch

    if torch.get_num_threads() != 1:
        torch.set_num_threads(1)
