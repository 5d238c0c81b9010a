"""Reference examples of a round's labels: listed, chosen, and removed."""

from fastapi import APIRouter, Response

from podcast_core.api.dependencies import Asking, Opened, choose_who
from podcast_core.api.paging import Part, by
from podcast_core.domain.box import Box
from podcast_core.services.labels import examples
from podcast_core.wire import examples as wire
from podcast_core.wire.base import Page

router = APIRouter(tags=["rounds"], prefix="/api/v1/rounds/{round_id}/examples")


@router.get("", response_model=Page[wire.Example])
def list_examples(workspace: Opened, round_id: str, part: Part) -> Response:
    """List the reference examples of a round's labels."""
    found = sorted(examples.list_examples(workspace, round_id=round_id), key=lambda each: each.id)
    return part.answer(found, wire.Example, key=by("id"))


@router.post("", status_code=201)
def add_example(workspace: Opened, caller: Asking, round_id: str, body: wire.ExampleIn) -> wire.Example:
    """Make a sound of a session a reference example of a label; the same again changes nothing."""
    box = Box(body.start_s, body.end_s, low_hz=body.low_hz, high_hz=body.high_hz)
    made = examples.add_example(
        workspace,
        round_id=round_id,
        session_id=body.session_id,
        label=body.label,
        box=box,
        who=choose_who(workspace, caller, body.who),
    )
    return wire.Example.model_validate(made)


@router.delete("/{example_id}", status_code=204)
def remove_example(workspace: Opened, round_id: str, example_id: str) -> None:
    """Show an example no more."""
    examples.remove_example(workspace, round_id=round_id, example_id=example_id)
