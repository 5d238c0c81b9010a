"""The commands around jobs: a worker that does them, and what the Jobs page shows."""

import os
import signal
import sys
import threading
from queue import SimpleQueue
from typing import Annotated

import typer

from podcast_core.domain.job import Job
from podcast_core.services.jobs import queue as service
from podcast_core.services.pictures.old_pictures import remove_old_pictures
from podcast_core.worker.process import NAME_TAKEN, NameTaken, hold_name, limit_threads
from podcast_core.worker.worker import BEAT_S, TAKE_OVER_S, Worker
from podcast_core.workspace import open_workspace

NICENESS = 10  # of the app's own workers: whoever labels goes first

jobs = typer.Typer(help="List jobs, cancel one, run one again.", invoke_without_command=True, add_completion=False)


def worker(
    name: Annotated[str, typer.Option("--id", help="The worker's name; use the same one when restarting it.")],
    take_over_after: Annotated[
        float, typer.Option(min=1.0, help="Seconds without a heartbeat after which a job is taken over.")
    ] = TAKE_OVER_S,
    with_parent: Annotated[bool, typer.Option(hidden=True, help="End when the standard input ends.")] = False,
) -> None:
    """Do jobs until SIGTERM or Ctrl+C. Several workers share a queue when PODCAST_DATABASE_URL is PostgreSQL."""
    limit_threads()
    stop: SimpleQueue[None] = SimpleQueue()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.put(None))
    if with_parent:
        if hasattr(os, "nice"):
            os.nice(NICENESS)
        threading.Thread(target=_wait_for_end, args=(stop,), daemon=True).start()
    workspace = open_workspace()
    made = Worker(workspace, name=name, take_over_s=take_over_after, beat_s=min(BEAT_S, take_over_after / 4))
    try:
        with hold_name(workspace.settings.data_dir, name):
            if not with_parent:
                typer.echo(f"Worker {name} is taking jobs. Press Ctrl+C to stop; unfinished jobs are continued later.")
            threading.Thread(target=remove_old_pictures, args=(workspace,), daemon=True).start()
            made.run(stop)
    except NameTaken as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(NAME_TAKEN) from error
    sys.stdout.flush()
    os._exit(0)  # a step that takes long is cut off as by a kill, not waited for


def _wait_for_end(stop: "SimpleQueue[None]") -> None:
    """Wait until the app that started us has ended, however it did."""
    while sys.stdin.buffer.read(1024):
        pass
    stop.put(None)


@jobs.callback()
def list_jobs(context: typer.Context) -> None:
    """List the jobs, the newest first."""
    if context.invoked_subcommand is not None:
        return
    found = service.list_jobs(open_workspace())
    if not found:
        typer.echo("There are no jobs. Add one with `ingest --background` or on the Data page.")
        return
    for job in found:
        progress = f"{job.done}/{job.total}" if job.total else "-"
        asked = f"{job.created_at:%Y-%m-%d %H:%M} UTC"
        typer.echo("\t".join((job.id, describe_state(job), progress, job.who, asked, job.title)))


def describe_state(job: Job) -> str:
    """Write a job's state, with the reason of a failure."""
    return f"{job.state.value}: {job.error}" if job.error else job.state.value


@jobs.command()
def cancel(job_id: Annotated[str, typer.Argument(help="The job's id.")]) -> None:
    """Cancel a job; it stops at its next step, and what it did stays."""
    job = service.cancel_job(open_workspace(), job_id=job_id)
    typer.echo(f"{job.title}: {job.state.value}.")


@jobs.command()
def retry(job_id: Annotated[str, typer.Argument(help="The job's id.")]) -> None:
    """Run a job again, as a new one that goes on where the old one stopped."""
    typer.echo(service.retry_job(open_workspace(), job_id=job_id))
