"""Which embedders there are, and the one of a collection.

``three-views`` and ``mean-mfcc`` come with Pod.Cast; ``model:NAME`` or ``model:NAME/VERSION`` is one of the models
registry; ``python:NAME/VERSION`` is a function of a notebook, which nobody else can call.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from podcast_core.domain.collection import Collection
from podcast_core.domain.limits import DEFAULT_EMBEDDER
from podcast_core.errors import InvalidInput, ModelUnavailable
from podcast_core.ml.embedding import built_in
from podcast_core.ml.embedding.built_in import BUILT_IN
from podcast_core.ml.embedding.interfaces import ClipEmbedder
from podcast_core.ml.embedding.plugged import Plugged
from podcast_core.ml.registry import loading, versions
from podcast_core.ml.registry.plugins import EMBEDDERS, list_plugins
from podcast_core.workspace import Workspace

__all__ = ["Vectorizer"]

MODEL, PYTHON = "model:", "python:"
PYTHON_PATTERN = re.compile(r"python:[A-Za-z0-9][A-Za-z0-9._-]{0,79}/[A-Za-z0-9._-]{1,20}")

Vectorizer = Callable[[str], Any]
"""Makes a vector of the URL or path of a clip, as in hover's guide."""


def list_embedders(workspace: Workspace) -> dict[str, str]:
    """List what can describe sounds here, with a title each; the default comes first."""
    found = dict(BUILT_IN)
    known = {*loading.EMBEDDER_LOADERS, *list_plugins(EMBEDDERS)}
    for version in versions.list_models(workspace.files):
        if version.kind in known:
            found[f"{MODEL}{version.id}"] = f"Model {version.name}, version {version.version}"
    return found


def choose_embedder(workspace: Workspace, name: str, sample_rates_hz: Sequence[int]) -> tuple[str, Mapping[str, Any]]:
    """Find the id and the parameters of an embedder by its name.

    Raises
    ------
    InvalidInput
        When there is no such embedder.
    NotFound
        When there is no such model.
    """
    if name.startswith(MODEL):
        version = versions.get_version(workspace.files, *versions.split_id(name.removeprefix(MODEL)))
        return f"{MODEL}{version.id}", {"weights_sha256": version.weights_sha256}
    if name.startswith(PYTHON):
        if not PYTHON_PATTERN.fullmatch(name):
            raise InvalidInput(f"A function's vectors are called python:NAME/VERSION, found {name[:80]!r}.")
        return name, {}
    made = built_in.make_embedder(name or DEFAULT_EMBEDDER, sample_rates_hz or [32_000])
    if "/" in name and name != made.id:
        raise InvalidInput(f"This version of Pod.Cast has {made.id}, not {name[:80]!r}.")
    return made.id, made.parameters


def check_for_job(name: str) -> None:
    """Refuse an embedder that no job can run.

    Raises
    ------
    InvalidInput
        When it is a function of a notebook: only Python that has it can call it.
    """
    if name.startswith(PYTHON):
        raise InvalidInput(
            f"{name[:80]!r} is a function of somebody's notebook, which the server neither has nor runs: make the "
            "collection from Python (docs/example_explore.py), or choose one of the server's embedders."
        )


def load_embedder(workspace: Workspace, collection: Collection) -> ClipEmbedder:
    """Load the embedder of a collection, exactly as it was.

    Raises
    ------
    ModelUnavailable
        When it cannot run here, or is not what it was.
    """
    if collection.embedder.startswith(PYTHON):
        raise ModelUnavailable(
            f"{collection.embedder} is a function of somebody's notebook: only there can sounds be described by it."
        )
    if not collection.embedder.startswith(MODEL):
        made = built_in.make_embedder(collection.embedder, [], collection.parameters)
        if made.id != collection.embedder:
            raise ModelUnavailable(f"{collection.embedder} is of another version of Pod.Cast, which has {made.id}.")
        return made
    name, _, number = collection.embedder.removeprefix(MODEL).partition("/")
    version = versions.get_version(workspace.files, name, int(number))
    if version.weights_sha256 != collection.parameters.get("weights_sha256", ""):
        raise ModelUnavailable(f"{collection.embedder} is not what it was when {collection.name!r} was made.")
    return Plugged(workspace.models.make_embedder(version), name, int(number), version.weights_sha256)
