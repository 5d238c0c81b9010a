"""What the doctor has found, in the words in which it is told."""

from collections.abc import Iterable
from dataclasses import dataclass, field

MAX_NAMED = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of difference: what it is, why it may be, the first names of all it concerns, and what can be done."""

    title: str
    why: str
    names: tuple[str, ...]
    advice: str
    is_mended: bool = False

    @property
    def text(self) -> str:
        """The finding in a few lines."""
        shown = [*self.names[:MAX_NAMED], *(["..."] if len(self.names) > MAX_NAMED else [])]
        end = "Mended." if self.is_mended else self.advice
        return "\n".join([f"{len(self.names)} {self.title}: {self.why} {end}", *(f"  {name}" for name in shown)])


@dataclass(slots=True)
class Diagnosis:
    """All that was found; ``counts`` says how much there is in the database."""

    findings: list[Finding] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def is_well(self) -> bool:
        """Whether nothing is left to do."""
        return all(finding.is_mended for finding in self.findings)

    def add(self, title: str, why: str, names: Iterable[str], advice: str, *, is_mended: bool = False) -> None:
        """Note a difference, unless it concerns nothing."""
        named = tuple(names)
        if named:
            self.findings.append(Finding(title, why, named, advice, is_mended))


def show_name(name: object) -> str:
    """Write the name of a fact."""
    return "/".join(name[:2]) if isinstance(name, tuple) else str(name)
