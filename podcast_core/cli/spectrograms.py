"""The command that computes the spectrograms of many recordings."""

from typing import Annotated

import typer

from podcast_core.cli.options import find_round
from podcast_core.errors import count_of
from podcast_core.services.pictures import stored_spectrograms_job
from podcast_core.workspace import open_workspace


def spectrograms(
    round_name: Annotated[str, typer.Option("--round", help="Only the recordings of this round.")] = "",
    band: Annotated[int, typer.Option(help="Upper end of the band in kHz: 200 or 120.")] = 200,
    anew: Annotated[bool, typer.Option("--again", help="Recompute existing ones, too.")] = False,
) -> None:
    """Put the spectrograms of all recordings that have none into the queue; a worker computes them."""
    workspace = open_workspace()
    if round_name:
        ids = stored_spectrograms_job.list_of_round(workspace, round_id=find_round(workspace, round_name))
    else:
        ids = [each.recording.id for each in stored_spectrograms_job.list_states(workspace, band_khz=band)]
    job_id, count = stored_spectrograms_job.add_job(workspace, recording_ids=ids, band_khz=band, anew=anew)
    if not count:
        typer.echo("Nothing to do: every recording has its spectrogram or is queued for one.")
        return
    typer.echo(f"{count_of(count, 'recording')} queued as job {job_id}.")
