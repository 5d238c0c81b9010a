"""A sheet becomes a round: its recordings are ingested and its predictions imported, by one job."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from podcast_core.domain.label import make_labels
from podcast_core.domain.sheet import Role
from podcast_core.errors import Conflict, InvalidInput, NotFound
from podcast_core.services.access import needs
from podcast_core.services.exchange.import_files import Reading
from podcast_core.services.exchange.imports import import_predictions
from podcast_core.services.intake import ingest_job
from podcast_core.services.intake.ingest_job import check_ingest
from podcast_core.services.intake.uploads import keep_upload, take_uploads
from podcast_core.services.jobs import queue
from podcast_core.services.jobs.running import MAX_REASONS, Result, RunningJob
from podcast_core.services.labels.matching import LabelChoice
from podcast_core.services.sheets.opening import UNNAMED
from podcast_core.services.sheets.sheet import Sheet
from podcast_core.services.store.source_names import split_address
from podcast_core.storage import rounds
from podcast_core.workspace import Workspace

KIND = "keep"


@needs("admin")
def keep_sheet(
    workspace: Workspace, sheet: Sheet, *, round_name: str, session_length_s: float = 60.0, who: str = ""
) -> str:
    """Put in the job that makes a round of a sheet; what was sent with it is kept for good from now on.

    Returns
    -------
    str
        The job's id.

    Raises
    ------
    InvalidInput
        When no row of the table has found its recording, or name, labels or length cannot be used.
    Conflict
        When there is a round of that name.
    NotFound
        When the recordings that were sent were swept away meanwhile.
    NoSpace, Busy
        When there is no room for it.
    """
    table = sheet.get_table(Role.PREDICTIONS)
    if not table.placed:
        raise InvalidInput("No row of the table has found its recording: there is nothing to keep as a round.")
    check_ingest(round_name=round_name, session_length_s=session_length_s)
    labels = list(table.label_counts)
    make_labels(labels)  # what cannot be a label is refused before anything is kept
    with workspace.database.reading() as connection:
        if rounds.find_named(connection, round_name) is not None:
            raise Conflict(f"There is a round {round_name!r} already. Choose another name.")
    queue.check_room(workspace)
    person = sheet.person or None
    source, meant = sheet.source, sheet.source.label or UNNAMED
    addresses = [*source.addresses, *_keep_uploads(workspace, sheet, person)]
    files = [keep_upload(workspace, name=name, file=BytesIO(data), person=person) for name, data in source.files]
    params = {
        "ingest": {
            "paths": addresses,
            "round_name": round_name,
            "labels": labels,
            "session_length_s": session_length_s,
        },
        "files": files,
        "reading": _write_reading(source.reading),
        "label": meant if meant in labels else "",
        "person": sheet.person,
        "round_name": round_name,
    }
    return queue.add_job(workspace, kind=KIND, params=params, who=who)


def run(workspace: Workspace, params: Mapping[str, Any], run: RunningJob) -> Result:
    """Make a round of a sheet's recordings, and bring its predictions; ``ingest`` has the parameters of that job."""
    ingested = ingest_job.run(workspace, params["ingest"], run)

    def bring() -> Result:
        files = []
        for each in params["files"]:
            address, name = split_address(each)
            files.append((name, workspace.files.read(address.removeprefix("store:"))))
        report = import_predictions(
            workspace,
            round_id=ingested["round_id"],
            files=files,
            label=params["label"],
            reading=_read_reading(params["reading"]),
            labels=LabelChoice(add=True),
            person=params["person"] or None,
        )
        told = [*report.warnings, *(group.sentence for group in report.groups)]
        return {"predictions": report.added + report.known, "told": told[:MAX_REASONS]}

    brought = run.step("import", bring)
    for line in brought["told"]:
        run.log(line)
    return {**ingested, "predictions": brought["predictions"]}


def _keep_uploads(workspace: Workspace, sheet: Sheet, person: str | None) -> list[str]:
    """Keep for good what was sent; what cannot be read as a whole is left out, as every upload is."""
    if not sheet.source.uploads:
        return []
    with ExitStack() as stack:
        opened: list[tuple[str, BinaryIO]] = []
        for name, path in sheet.source.uploads:
            try:
                opened.append((name, stack.enter_context(Path(path).open("rb"))))
            except OSError as error:
                raise NotFound(f"{name} is not here any more: it was sent long ago. Open the files again.") from error
        taken = take_uploads(workspace, opened, person=person)
    taken.check_any()
    return list(taken.addresses)


def _write_reading(reading: Reading) -> dict[str, Any]:
    columns = None if reading.columns is None else dict(reading.columns)
    return {**asdict(reading), "columns": columns, "tiers": list(reading.tiers)}


def _read_reading(told: Mapping[str, Any]) -> Reading:
    return Reading(**{**told, "tiers": tuple(told["tiers"])})
