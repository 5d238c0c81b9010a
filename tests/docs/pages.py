"""README and the pages below docs/ as tests read them: text, headings, links and code blocks."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block of code."""

    language: str
    text: str


@dataclass(frozen=True)
class Page:
    """A page in Markdown."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def prose(self) -> str:
        """The text without its blocks."""
        return FENCE.sub("", self.text)

    @property
    def blocks(self) -> list[Block]:
        found = FENCE.findall(self.text)
        return [Block(language, re.sub(f"^{indent}", "", text, flags=re.MULTILINE)) for indent, language, text in found]

    @property
    def lines(self) -> list[str]:
        """The lines of its shell blocks; what ends in a backslash goes on in the next."""
        shell = [block.text.replace("\\\n", " ") for block in self.blocks if block.language == "sh"]
        return [line.strip() for text in shell for line in text.splitlines() if line.strip()]

    @property
    def anchors(self) -> set[str]:
        """The anchors of its headings, as GitHub and the site make them."""
        headings = re.findall(r"^#+ (.+)$", self.prose, re.MULTILINE)
        return {re.sub(r"[^\w\- ]", "", each.lower()).strip().replace(" ", "-") for each in headings}

    @property
    def links(self) -> list[str]:
        """Where its links and pictures point to."""
        return ["".join(each) for each in re.findall(r"\]\(([^)\s]+)\)|<(https?://[^>]+)>", self.prose)]


README = Page(ROOT / "README.md")
DECISIONS = [Page(path) for path in sorted((ROOT / "docs" / "decisions").glob("*.md"))]
SITE = [Page(path) for path in sorted((ROOT / "docs").rglob("*.md")) if path.parent.name != "decisions"]
PAGES = [README, Page(ROOT / "CONTRIBUTING.md"), *SITE, *DECISIONS]
