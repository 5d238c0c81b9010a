"""What the documentation points to is there."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, SITE, Page

# A path is named from the root of the repository; decisions also leave out what their subject says.
PATH = re.compile(
    r"`((?:[\w.-]+/)+[\w.-]*\.(?:py|js|css|md|toml|sh|svg|json)|(?:podcast_core|pages|tests|docs)/[\w./-]*)`"
)
FROM = [ROOT / each for each in ("", "podcast_core", "podcast_core/services", "pages/shared/editor", "tests")]


def is_external(link: str) -> bool:
    return link.startswith(("http://", "https://"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_anchors_are_there(page: Page) -> None:
    wrong = []
    for link in page.links:
        if is_external(link):
            continue
        target, _, anchor = link.partition("#")
        path = (page.path.parent / target).resolve() if target else page.path
        if not path.exists() or (anchor and anchor not in Page(path).anchors):
            wrong.append(link)
    assert wrong == []


def test_external_links_are_few_and_use_https() -> None:
    """They are listed here and not followed: tests reach nothing but this machine."""
    found = {link for page in PAGES for link in page.links if is_external(link) and "127.0.0.1" not in link}
    assert found == {
        "https://github.com/nianlonggu/WhisperSeg",
        "https://github.com/orcasound/aifororcas-podcast",
        "https://www.rfc-editor.org/rfc/rfc9457",
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_it_names_are_there(page: Page) -> None:
    named = [each for each in PATH.findall(page.prose) if not re.search(r"\b(ID|NAME|VERSION|NNNN)", each)]
    assert [each for each in named if not any((base / each).exists() for base in FROM)] == []


def test_every_page_of_the_site_can_be_reached() -> None:
    navigation = (ROOT / "zensical.toml").read_text(encoding="utf-8")
    assert [
        page.name for page in SITE if f'"{page.path.relative_to(ROOT / "docs").as_posix()}"' not in navigation
    ] == []
    listed = (ROOT / "docs" / "decisions" / "index.md").read_text(encoding="utf-8")
    decisions = [path.name for path in (ROOT / "docs" / "decisions").glob("[0-9]*.md")]
    assert [name for name in decisions if f"({name})" not in listed] == []


def test_every_picture_is_small_and_used() -> None:
    used = {(page.path.parent / link).resolve() for page in PAGES for link in page.links if not is_external(link)}
    pictures = list((ROOT / "docs" / "images").iterdir())
    assert [path.name for path in pictures if path not in used or path.stat().st_size > 300_000] == []


def test_it_names_no_page_twice() -> None:
    titles = [page.text.partition("\n")[0] for page in PAGES if page.path.parent != Path(ROOT)]
    assert len(titles) == len(set(titles))
