"""On which devices the app's workers can run models, as far as this machine knows."""

from podcast_core.ml.device import AUTO, CPU, CUDA, MPS, list_devices
from podcast_core.workspace import Workspace

NAMES = {
    AUTO: "the best that its worker has",
    CPU: "the processor",
    CUDA: "the NVIDIA card (CUDA)",
    MPS: "Apple's graphics processor (MPS)",
}


def list_choices(workspace: Workspace) -> list[str]:
    """List the devices of this machine, on which the app's workers run; without such workers, all that there are."""
    return list(list_devices()) if workspace.settings.local_workers else [CPU, CUDA, MPS]


def name_device(workspace: Workspace, device: str) -> str:
    """Name a device for people; empty: what the worker does by itself."""
    if not device:
        usual = workspace.settings.device
        where = CPU if usual == AUTO and list_choices(workspace) == [CPU] else usual
        return f"{name_device(workspace, where)} (PODCAST_DEVICE={usual})"
    kind, _, number = device.partition(":")
    return f"NVIDIA card {number} (CUDA)" if number else NAMES.get(kind, kind)
