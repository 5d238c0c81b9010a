"""Commands about what is found in a collection: rules, classifiers, comparisons, counted calls and samples."""

import csv
import uuid
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from podcast_core.domain.bulk_act import BulkDeed, How
from podcast_core.domain.draw import Heard
from podcast_core.domain.limits import HEARD_PER_BIN
from podcast_core.domain.strata import Order
from podcast_core.errors import InvalidInput, count_of
from podcast_core.services.explore import agile, clip_labelling, density, margin, rules, strata
from podcast_core.services.explore.clip_labelling import ClipRequest
from podcast_core.services.explore.columns import read_column
from podcast_core.services.explore.rules import Rule, RuleFigures
from podcast_core.services.explore.strata import StrataRequest
from podcast_core.workspace import Workspace, open_workspace

group = typer.Typer()
Collection = Annotated[str, typer.Argument(metavar="COLLECTION", help="A collection's id, as `list` says it.")]
Classifier = Annotated[str, typer.Argument(metavar="CLASSIFIER", help="A classifier's id, as `classifiers` says it.")]


@group.command(name="rules")
def list_rules(collection_id: Collection) -> None:
    """List the rules that are kept with a collection, and what each would do."""
    workspace = open_workspace()
    kept = rules.list_rules(workspace, collection_id=collection_id)
    asked = [Rule(each.expression, each.label) for each in kept]
    found = rules.measure_rules(workspace, collection_id=collection_id, rules=asked)
    for each, figures in zip(kept, found, strict=True):
        typer.echo(f"{each.rule_id}\t{each.label}\t{each.expression}\t{_describe(figures)}")


@group.command(name="rule")
def rule(
    collection_id: Collection,
    expression: Annotated[str, typer.Argument(help="Such as: score > 0.8 and duration > 0.1")],
    label: Annotated[str, typer.Option(help="The label of the clips for which it is true.")],
    keep: Annotated[str, typer.Option(help="Keep it with the collection, under this id.")] = "",
    apply: Annotated[bool, typer.Option("--apply", help="Label the matching clips that have no label.")] = False,
) -> None:
    """Say what a rule would do; keep it, or label clips by it, only if you say so."""
    workspace = open_workspace()
    wanted = Rule(expression, label)
    (found,) = rules.measure_rules(workspace, collection_id=collection_id, rules=[wanted])
    if found.fault is not None:
        raise found.fault
    typer.echo(_describe(found))
    if keep:
        who = workspace.settings.annotator
        kept = rules.keep_rule(workspace, collection_id=collection_id, rule_id=keep, rule=wanted, who=who)
        typer.echo(f"Saved as {kept.rule_id}.")
    if apply:
        _apply(workspace, collection_id, wanted)


def _apply(workspace: Workspace, collection_id: str, rule: Rule) -> None:
    fits = rules.find_fitting(workspace, collection_id=collection_id, expression=rule.expression)
    labels = read_column(workspace, collection_id=collection_id, name="label")
    numbers = np.flatnonzero(fits & (labels.values == len(labels.categories) - 1)).tolist()
    if not numbers:
        typer.echo("All matching clips have a label.")
        return
    request = ClipRequest(
        id=str(uuid.uuid4()),
        collection_id=collection_id,
        deed=BulkDeed.LABEL,
        numbers=numbers,
        who=workspace.settings.annotator,
        label=rule.label,
        how=How.RULE,
        may_add=True,
    )
    done = clip_labelling.act_on_clips(workspace, request)
    typer.echo(f"{count_of(done.act.changed, 'clip')} labelled {rule.label}. To undo: bulk undo {done.act.id}")


@group.command(name="remove-rule")
def remove_rule(collection_id: Collection, rule_id: Annotated[str, typer.Argument(metavar="RULE")]) -> None:
    """Remove a rule; labels that it gave stay."""
    workspace = open_workspace()
    rules.remove_rule(workspace, collection_id=collection_id, rule_id=rule_id, who=workspace.settings.annotator)


@group.command()
def learn(collection_id: Collection) -> None:
    """Let a classifier learn from the labels that clips have now; say its id and how good it is."""
    found = agile.train_classifier(open_workspace(), collection_id=collection_id)
    typer.echo(found.id)
    for each in found.honest or found.held_out:
        threshold = each.threshold
        typer.echo(
            f"{each.label}\taverage precision {each.average_precision:.3f}\tF1 {each.f1:.3f} from "
            f"{threshold.value:.2f} ({threshold.low:.2f} to {threshold.high:.2f})"
        )


@group.command(name="classifiers")
def list_classifiers(collection_id: Collection) -> None:
    """List what was learnt in a collection, the newest first."""
    for each in agile.list_classifiers(open_workspace(), collection_id=collection_id):
        at = f"{each.learnt_at:%Y-%m-%d %H:%M}" if each.learnt_at else ""
        typer.echo(f"{each.id}\t{at}\t{each.who}\t{count_of(each.examples, 'clip')}\t{', '.join(each.labels)}")


@group.command(name="compare")
def compare(
    collection_id: Collection,
    one: Annotated[str, typer.Argument(help="A classifier's id, or label, prediction or given_label.")],
    other: Annotated[str, typer.Argument(help="What to compare it with.")],
) -> None:
    """Count clips by what one side calls them (rows) and another one does (columns)."""
    labels, counts = margin.compare(open_workspace(), collection_id=collection_id, one=one, other=other)
    names = [label or "none" for label in labels]
    typer.echo("\t".join(["", *names]))
    for name, row in zip(names, counts.tolist(), strict=True):
        typer.echo("\t".join([name, *map(str, row)]))


@group.command(name="density")
def estimate_density(
    collection_id: Collection,
    classifier_id: Classifier,
    label: Annotated[str, typer.Argument(help="The call to count.")],
    heard: Annotated[
        Path | None, typer.Option(help="CSV of what was heard: number and yes, no or unsure a line.")
    ] = None,
    per_bin: Annotated[int, typer.Option(help="Clips to listen to per score range.")] = HEARD_PER_BIN,
) -> None:
    """Say in how many clips a call is, and which to hear for it still; the first time, clips are drawn."""
    found = density.estimate(
        open_workspace(),
        collection_id=collection_id,
        classifier_id=classifier_id,
        label=label,
        heard=None if heard is None else _read_heard(heard),
        per_bin=per_bin,
    ).density
    typer.echo(
        f"{found.share:.1%} ({found.low:.1%} to {found.high:.1%}) of {count_of(found.clips, 'clip')}; {found.heard} "
        f"heard"
    )
    if found.to_hear:
        typer.echo(f"to hear: {' '.join(map(str, found.to_hear))}")


def _read_heard(path: Path) -> dict[int, Heard]:
    try:
        rows = [row for row in csv.reader(path.read_text(encoding="utf-8-sig").splitlines()) if row]
        return {int(number): Heard(said.strip()) for number, said in rows if number.strip() != "number"}
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise InvalidInput(f"{path}: expected a clip's number and yes, no or unsure a line; found {error}.") from error


@group.command()
def sample(
    collection_id: Collection,
    by: Annotated[list[str], typer.Option(help="A column, such as label, site, date or score; several make kinds.")],
    count: Annotated[int, typer.Option(help="Clips of each kind.")] = 10,
    order: Annotated[Order, typer.Option(help="Which clips to take.")] = Order.RANDOM,
    bins: Annotated[int, typer.Option(help="Number of ranges for numeric columns.")] = 5,
    seed: Annotated[int, typer.Option(help="The same seed gives the same clips.")] = 0,
) -> None:
    """Take some clips of each kind: values, how many there are, and the numbers of those that are taken."""
    request = StrataRequest(tuple(by), count, order, bins, seed)
    for each in strata.select_strata(open_workspace(), collection_id=collection_id, request=request):
        typer.echo(f"{' · '.join(each.values)}\t{each.clips}\t{' '.join(map(str, each.numbers))}")


def _describe(found: RuleFigures) -> str:
    """Say what a rule would do, as the page does."""
    right = (
        "" if found.accuracy is None else f", {found.correct} right and {found.incorrect} wrong ({found.accuracy:.0%})"
    )
    conflicts = f"; {found.conflicts} conflicts" if found.conflicts else ""
    return (
        f"Fits {count_of(found.covered, 'clip')}: {found.hits} without a label{right}; {found.missed} missed{conflicts}"
    )
