"""How far reading a store and adding what was read is, told as one count."""

from podcast_core.progress import Progress


class Steps:
    """Tells steps done and steps in all: one for each object, and later as many again for what was in answers.

    Parameters
    ----------
    objects, answers
        How many objects there are to read, and how many of them hold answers.
    """

    def __init__(self, on_progress: Progress, objects: int, answers: int) -> None:
        self._on_progress = on_progress
        self._objects, self._answers = objects, answers
        self._done = 0

    @property
    def total(self) -> int:
        """All steps."""
        return self._objects + self._answers

    def read(self, key: str) -> None:
        """Tell that an object was read."""
        self._on_progress(self._done, self.total, key)
        self._done = min(self._done + 1, self._objects)

    def add(self, done: int, groups: int) -> None:
        """Tell how many groups of answers were added."""
        self._on_progress(self._objects + self._answers * done // max(1, groups), self.total, "")

    def end(self) -> None:
        """Tell that all is done."""
        self._on_progress(self.total, self.total, "")
