"""The command line: ``python -m podcast_core``. Each command calls one service and prints what it says."""

import sys

import typer

from podcast_core.cli import exchange, release, store
from podcast_core.cli.annotations import annotations
from podcast_core.cli.bulk import group as bulk
from podcast_core.cli.demo import demo
from podcast_core.cli.explore import group as explore
from podcast_core.cli.figures import figure
from podcast_core.cli.ingest import group as ingest
from podcast_core.cli.measurements import measure
from podcast_core.cli.models import group as models
from podcast_core.cli.open import open_files
from podcast_core.cli.people import group as people
from podcast_core.cli.predictions import predictions
from podcast_core.cli.rounds import group as rounds
from podcast_core.cli.runs import run_model
from podcast_core.cli.selection import select
from podcast_core.cli.spectrograms import spectrograms
from podcast_core.cli.tokens import group as tokens
from podcast_core.cli.trainings import evaluate, train
from podcast_core.cli.verify import group as verify
from podcast_core.cli.worker import jobs, worker
from podcast_core.errors import PodcastError, is_full
from podcast_core.plugging import load_parts

app = typer.Typer(
    help="Pod.Cast: turn hours of animal sound into labelled data.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (demo, select, exchange.export, exchange.import_predictions, exchange.import_annotations, worker):
    app.command()(command)
app.command("open")(open_files)
app.command()(annotations)
app.command()(predictions)
app.command()(spectrograms)
app.command()(measure)
app.command()(figure)
app.command()(run_model)
app.command()(train)
app.command()(evaluate)
app.command()(store.rebuild)
app.command()(store.doctor)
app.command()(store.usage)
app.add_typer(release.app, name="release")
app.add_typer(explore, name="explore")
app.add_typer(ingest, name="ingest")
app.add_typer(jobs, name="jobs")
app.add_typer(tokens, name="token")
app.add_typer(people, name="people")
app.add_typer(models, name="models")
app.add_typer(rounds, name="rounds")
app.add_typer(bulk, name="bulk")
app.add_typer(verify, name="verify")
for dialect in load_parts("commands"):
    app.add_typer(dialect.app)


def main() -> None:
    """Run a command. Errors that we foresaw are one sentence and exit status 1; wrong usage is 2."""
    try:
        app()
    except PodcastError as error:
        typer.echo(f"Error: {error}", err=True)
        sys.exit(1)
    except OSError as error:
        if not is_full(error):
            raise
        typer.echo(f"Error: the disk is full: {error}", err=True)
        sys.exit(1)
