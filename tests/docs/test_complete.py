"""What there is is documented, and what is documented is there: settings, commands, routes, formats, pages."""

import re
from collections.abc import Iterator

import pytest
import typer

from podcast_core.api.server import create_api
from podcast_core.cli import app
from podcast_core.domain.measurement import MEASUREMENTS
from podcast_core.formats import FORMATS
from podcast_core.settings import Settings
from tests.docs.pages import PAGES, README, ROOT, SITE, Page

DOCS = {page.path.name: page.text for page in SITE}
COMMANDS = typer.main.get_command(app)
NUMBERS = {17: "seventeen", 18: "eighteen", 19: "nineteen", 20: "twenty"}


def walk(command: object, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], set[str]]]:
    """List every command with its options."""
    inside = getattr(command, "commands", None)
    if inside is None:
        yield words, {option for each in command.params for option in (*each.opts, *each.secondary_opts)}  # type: ignore[attr-defined]
    for name, each in (inside or {}).items():
        yield from walk(each, (*words, name))


OPTIONS = dict(walk(COMMANDS))


def test_readme_is_one_page() -> None:
    assert len(README.text.splitlines()) <= 150


def test_a_decision_is_read_in_a_minute() -> None:
    """What was measured may follow."""
    pages = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    lines = {page.name: len(page.read_text().partition("\n## Measured")[0].splitlines()) for page in pages}
    assert {name: count for name, count in lines.items() if count > 30} == {}


def test_settings_are_those_that_there_are() -> None:
    rows = re.findall(r"^\| `PODCAST_(\w+)` \| ([^|]*) \|", DOCS["settings.md"], re.MULTILINE)
    assert sorted(name.lower() for name, _ in rows) == sorted(Settings.model_fields)
    for name, value in rows:
        default = Settings.model_fields[name.lower()].default
        if isinstance(default, (bool, int, float)):
            assert value == f"`{str(default).lower().removesuffix('.0')}`", name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_settings_that_it_names_are_there(page: Page) -> None:
    allowed = {f"PODCAST_{name.upper()}" for name in Settings.model_fields} | {"PODCAST_TEST_CHROMIUM"}
    assert set(re.findall(r"\bPODCAST_[A-Z_]+\b", page.text)) - allowed == set()


def test_commands_are_those_that_there_are() -> None:
    rows = re.findall(r"^\| `(?!python)([a-z][^`]*)` \| (.*) \|$", DOCS["commands.md"], re.MULTILINE)
    found = set()
    for usage, does in rows:
        words = tuple(usage.split())
        command = next((words[:size] for size in (2, 1) if words[:size] in OPTIONS), None)
        command = command or {("ingest",): ("ingest", "files")}.get(words[:1])
        if words == ("jobs",):  # a group that lists when it is given no command
            continue
        assert command, f"no such command: {usage}"
        found.add(command)
        named = {option for text in (usage, does) for option in re.findall(r"--[a-z][a-z-]+", text)}
        assert named - OPTIONS[command] == set(), usage
    assert set(OPTIONS) - found == set()


@pytest.mark.parametrize("page", [README, *SITE], ids=lambda page: page.name)
def test_options_that_it_names_are_there(page: Page) -> None:
    named = {
        option for span in re.findall(r"`([^`]+)`", page.prose) for option in re.findall(r"(?<!\S)--[a-z-]+", span)
    }
    ours = {option for options in OPTIONS.values() for option in options}
    others = {"--help", "--parts"}  # of every command, and of a benchmark
    assert named - ours - others == set()


def test_routes_are_those_that_there_are() -> None:
    text = DOCS["api.md"] + DOCS["dialects.md"]
    named = {
        f"{method} /api/v1{path}" if page == "api.md" else f"{method} {path}"
        for page in ("api.md", "dialects.md")
        for method, path in re.findall(r"`(GET|POST|PUT|PATCH|DELETE) (/[^`?]*)`", DOCS[page])
    }
    schema = create_api(lambda: pytest.fail("the description needs no workspace")).openapi()
    routes = {f"{method.upper()} {path}" for path, methods in schema["paths"].items() for method in methods}
    assert routes - named == {"GET /audio/{round_id}/{session_id}.wav"}  # what old documents name as the sound
    assert named - routes == set()
    assert "/api/docs" in text


def test_formats_are_those_that_there_are() -> None:
    written = {
        name
        for names, lost in re.findall(r"^\| (`[^|]+`) \| [^|]+ \| ([^|]+) \|$", DOCS["formats.md"], re.MULTILINE)
        for name in re.findall(r"`([a-z0-9-]+)`", names)
        if lost != "read only" and not name.startswith("--")
    }
    assert written == set(FORMATS)
    assert f"in {NUMBERS[len(FORMATS)]} formats" in " ".join(README.text.split())


def test_every_page_of_the_app_is_explained() -> None:
    text = "".join(page.text for page in SITE)
    titles = re.findall(
        r'st\.Page\("\w+\.py", title="([^"]+)"', (ROOT / "pages" / "frame.py").read_text(encoding="utf-8")
    )
    assert len(titles) > 10
    assert [title for title in titles if f"**{title}**" not in text] == []


def test_words_of_the_app_are_those_that_it_shows() -> None:
    """What is bold in a guide is on a page of the app: a title, a button, a panel."""
    sources = [path for kind in ("py", "js") for path in (ROOT / "pages").rglob(f"*.{kind}")]
    shown = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    guides = "\n".join(page.prose for page in SITE if page.path.parent.name == "guides")
    bold = {word for start, word in re.findall(r"(- )?\*\*([^*]+)\*\*", guides) if not start}
    assert len(bold) > 20
    assert sorted(word for word in bold if not re.search(rf"[\"'`>]{re.escape(word)}\b", shown)) == []


def test_make_targets_are_those_that_there_are() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))
    named = {
        target
        for page in PAGES
        for target in re.findall(r"\bmake ([a-z-]+)\b", " ".join(re.findall(r"`[^`]*`", page.text)))
    }
    assert named - targets == set()
    assert targets - named - {"help", "demo", "clean", "bench"} == set()


def test_measurements_are_those_that_there_are() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| ([^|]*) \| ([^|]*) \| ([^|]*) \| ([^|]*?) ?\|$", DOCS["measurements.md"], re.MULTILINE
    )
    told = [(name, title, unit, definition, raven.strip()) for name, title, unit, definition, raven in rows]
    assert told == [(name, each.title, each.unit, each.definition, each.raven) for name, each in MEASUREMENTS.items()]
