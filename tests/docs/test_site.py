"""The documentation as a website: it is built without a warning, and loads nothing from the internet."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.docs.pages import ROOT

LOADED = re.compile(r"""<(?:script|img|iframe|source|video|audio)\b[^>]*\bsrc=["']?(?:https?:)?//[^"'\s>]*""")
LINKED = re.compile(r"""<link\b[^>]*\brel=["']?(?:stylesheet|preconnect|icon|preload|modulepreload)\b[^>]*""")
ON_DEMAND = re.compile(r"""class="?(?:mermaid|arithmatex)""")  # for these the theme would fetch a script


def test_it_is_built_and_loads_nothing_from_the_internet(tmp_path: Path) -> None:
    shutil.copy(ROOT / "zensical.toml", tmp_path)
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    command = [sys.executable, "-m", "zensical", "build", "--strict"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    pages = {path: path.read_text(encoding="utf-8") for path in (tmp_path / "site").rglob("*.html")}
    assert len(pages) > 50
    for path, text in pages.items():
        links = [each for each in LINKED.findall(text) if "//" in each]
        assert (LOADED.findall(text), links, ON_DEMAND.findall(text)) == ([], [], []), path.name
    styles = [path.read_text(encoding="utf-8") for path in (tmp_path / "site").rglob("*.css")]
    assert not any(re.search(r"""(?:url\(|@import )["']?(?:https?:)?//""", text) for text in styles)
