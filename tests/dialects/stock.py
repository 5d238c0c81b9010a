"""A program that starts what there is in each of several trees: ``python -m tests.dialects.stock TREE...``.

What all of them need of other packages is imported once; then each tree has a process of its own, forked from that.
What a tree offers is written into its ``stock.json``.
"""

import gc
import json
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import typer
from starlette.testclient import TestClient

# A request to each dialect that has routes, and one to ourselves; there is no round and no recording.
REQUESTS = {
    "ours": ("GET", "/api/v1/rounds"),
    "bats_ai": ("GET", "/api/v1/species/"),
    "podcast": ("GET", "/fetch/session/none"),
    "whisperseg": ("POST", "/list-models-available-for-inference"),
}
OTHERS = ("streamlit", "fastapi", "fastapi.routing", "sqlalchemy.orm", "pandas", "alembic.runtime.migration", "dbos")


def take_stock() -> dict[str, list[str]]:
    """Start the API, the command line, the worker's table and the page of recordings; list what each offers."""
    from pages.shared.data_add import list_ways
    from podcast_core.api.front.front import Front
    from podcast_core.api.scopes import Routes, find_scope
    from podcast_core.api.server import create_api
    from podcast_core.cli import app
    from podcast_core.formats import READABLE
    from podcast_core.services.jobs.kinds import get_kinds
    from podcast_core.settings import Settings
    from podcast_core.worker.runners import get_runners
    from podcast_core.workspace import open_workspace

    workspace = open_workspace(Settings(data_dir=Path("data").resolve(), access="open"))
    api = create_api(lambda: workspace)
    Front(api, lambda: workspace, lambda: None, (), "")
    with TestClient(api, base_url="http://127.0.0.1:8501") as client:
        answers = [f"{name} {client.request(*asked).status_code}" for name, asked in REQUESTS.items()]
    routes = Routes(api).names()
    return {
        "routes": routes,
        "undeclared": [route for route in routes if find_scope(*route.split(" ")) is None],
        "commands": list_commands(typer.main.get_command(app)),
        "formats": list(READABLE),
        "kinds": sorted(get_kinds()),
        "runners": sorted(get_runners()),
        "ways": list_ways(),
        "answers": answers,
    }


def list_commands(command: Any, before: str = "") -> list[str]:
    """List all commands, with the groups that they are in."""
    below = getattr(command, "commands", {})
    names = [found for name, each in below.items() for found in list_commands(each, f"{before} {name}")]
    return sorted(names) if below else [before.strip()]


def start(tree: str) -> int:
    """Take stock of a tree in a new process; returns its number."""
    number = os.fork()
    if number:
        return number
    try:
        os.chdir(tree)
        sys.path[0] = tree
        Path("stock.json").write_text(json.dumps(take_stock()))
    finally:
        sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    gc.disable()  # everything lives for seconds
    for name in OTHERS:
        import_module(name)
    assert not [name for name in sys.modules if name.startswith(("podcast_core", "pages"))]
    for number in [start(tree) for tree in sys.argv[1:]]:
        os.waitpid(number, 0)
