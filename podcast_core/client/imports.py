"""Imports: shown first, then done."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from podcast_core.client.connection import Connection, OnProgress
from podcast_core.wire.imports import Import, Plan, Table

Option = str | bool | float | Sequence[str] | Mapping[str, str]


class ImportCalls(Connection):
    """Calls that bring boxes in."""

    def preview_table(self, paths: Sequence[str | Path]) -> Table:
        """Show the beginning of the first table among files, and what its columns seem to mean."""
        return self._upload(Table, ("imports", "preview"), paths, {})

    def preview_predictions(self, round_id: str, paths: Sequence[str | Path], **options: Option) -> Plan:
        """Show what `import_predictions` would do, with the same options."""
        return self._upload(Plan, ("rounds", round_id, "predictions", "import", "preview"), paths, spell(options))

    def import_predictions(
        self,
        round_id: str,
        paths: Sequence[str | Path],
        *,
        on_progress: OnProgress | None = None,
        **options: Option,
    ) -> Import:
        """Import a model's predictions; options are those of `preview_annotations`, and ``model`` for the annotator."""
        path = ("rounds", round_id, "predictions", "import")
        return self._upload(Import, path, paths, spell(options), on_progress=on_progress)

    def preview_annotations(self, round_id: str, paths: Sequence[str | Path], **options: Option) -> Plan:
        """Show what `import_annotations` would do; nothing is kept.

        Options are ``annotator`` (needed), ``label``, ``map`` (words like ``"old=new"``, or a dictionary),
        ``add_labels``, ``supersede``, and how files are read: ``format``, ``column``, ``window_s``, ``encoding``,
        ``tier``, ``least_score``, ``leave_out_unreadable``.
        """
        return self._upload(Plan, ("rounds", round_id, "annotations", "import", "preview"), paths, spell(options))

    def import_annotations(
        self,
        round_id: str,
        paths: Sequence[str | Path],
        *,
        on_progress: OnProgress | None = None,
        **options: Option,
    ) -> Import:
        """Import people's annotations; the options are those of `preview_annotations`."""
        path = ("rounds", round_id, "annotations", "import")
        return self._upload(Import, path, paths, spell(options), on_progress=on_progress)


def spell(options: Mapping[str, Option]) -> dict[str, str | Sequence[str]]:
    """Spell options as a form has them."""
    return {name: _spell_one(value) for name, value in options.items()}


def _spell_one(value: Option) -> str | Sequence[str]:
    if isinstance(value, bool | int | float):
        return str(value).lower()
    if isinstance(value, Mapping):
        return ["=".join(part.replace("=", r"\=") for part in pair) for pair in value.items()]
    return value
