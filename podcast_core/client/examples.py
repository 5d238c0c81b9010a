"""Reference examples of labels."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from podcast_core.client.connection import Connection
from podcast_core.wire.examples import Example


class ExampleCalls(Connection):
    """Calls about the reference examples of a round's labels."""

    def list_examples(self, round_id: str) -> Iterator[Example]:
        """List the reference examples of a round's labels."""
        return self._list(Example, ("rounds", round_id, "examples"), {})

    def add_example(self, round_id: str, **sound: Any) -> Example:
        """Make a sound a reference example of a label.

        ``sound`` has ``session_id``, ``label``, ``start_s`` and ``end_s`` (from the start of the session), and where it
        has a band ``low_hz`` and ``high_hz``.
        """
        return self._send(Example, "POST", ("rounds", round_id, "examples"), sound)

    def add_clip(self, round_id: str, path: str | Path, *, label: str, licence: str, source: str = "") -> Example:
        """Upload a sound as a reference example of a label, with its licence and where it is from."""
        fields = {"label": label, "licence": licence, "source": source}
        return self._upload(Example, ("rounds", round_id, "examples", "clips"), [path], fields, field="file")

    def get_example_sound(self, round_id: str, example_id: str, out: str | Path) -> Path:
        """Save the sound of an uploaded example as WAV; ultrasound ten times slower."""
        return self._download(("rounds", round_id, "examples", example_id, "sound"), {}, out)

    def get_example_picture(self, round_id: str, example_id: str, out: str | Path) -> Path:
        """Save the spectrogram of an uploaded example as a small grey JPEG."""
        return self._download(("rounds", round_id, "examples", example_id, "picture"), {}, out)

    def remove_example(self, round_id: str, example_id: str) -> None:
        """Show an example no more."""
        self._tell("DELETE", ("rounds", round_id, "examples", example_id), {})
