"""Models of other people's packages: an installed package names what loads a kind of model as an entry point.

In the package's ``pyproject.toml``::

    [project.entry-points."podcast.detectors"]
    my-kind = "my_package.models:load_detector"

``load_detector(version, weights, device)`` returns a `podcast_core.ml.interfaces.Detector`; in the group
``podcast.embedders`` an `Embedder`. Only what is installed in this environment is ever run, never what a file brings.
"""

from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any

from podcast_core.errors import ModelUnavailable

DETECTORS, EMBEDDERS = "podcast.detectors", "podcast.embedders"


def list_plugins(group: str) -> list[str]:
    """List the kinds of models that installed packages load."""
    return sorted({point.name for point in entry_points(group=group)})


def find_plugin(group: str, kind: str) -> Callable[..., Any] | None:
    """Find what loads a kind of model.

    Raises
    ------
    ModelUnavailable
        When a package names something that cannot be imported.
    """
    for point in entry_points(group=group, name=kind):
        try:
            loader: Callable[..., Any] = point.load()
        except (ImportError, AttributeError) as error:
            raise ModelUnavailable(f"What loads models of the kind {kind!r}, {point.value}, fails: {error}.") from error
        return loader
    return None
