"""Reference examples of a round's labels: listed, chosen, and removed."""

from typing import Annotated

from fastapi import APIRouter, File, Form, Response, UploadFile

from podcast_core.api.dependencies import Asking, IfNoneMatch, Opened, choose_who
from podcast_core.api.downloads import describe
from podcast_core.api.media import SOUND, Range, answer_audio, answer_cached
from podcast_core.api.paging import Part, by
from podcast_core.domain.box import Box
from podcast_core.services.labels import examples
from podcast_core.services.pictures import example_clips
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


@router.post("/clips", status_code=201)
def add_clip(
    workspace: Opened,
    caller: Asking,
    round_id: str,
    file: Annotated[UploadFile, File(description="audio of at most 60 s and 50 MB")],
    label: Annotated[str, Form(min_length=1, max_length=80)],
    licence: Annotated[str, Form(min_length=1, max_length=200)],
    source: Annotated[str, Form(max_length=500, description="who recorded it, or where it is from")] = "",
    who: Annotated[str | None, Form(min_length=1, max_length=80)] = None,
) -> wire.Example:
    """Upload a sound as a reference example of a label; the same again changes nothing."""
    made = examples.add_clip(
        workspace,
        round_id=round_id,
        label=label,
        name=file.filename or "clip",
        file=file.file,
        licence=licence,
        source=source,
        who=choose_who(workspace, caller, who),
    )
    return wire.Example.model_validate(made)


@router.get("/{example_id}/sound", response_class=Response, responses=SOUND)
def get_example_sound(
    workspace: Opened, round_id: str, example_id: str, if_none_match: IfNoneMatch = None, range_: Range = None
) -> Response:
    """Send the sound of an uploaded example as WAV; ultrasound ten times slower."""
    found = example_clips.get_sound(workspace, round_id=round_id, example_id=example_id)
    return answer_audio(found, named=False, if_none_match=if_none_match, asked=range_)


@router.get("/{example_id}/picture", response_class=Response, responses=describe("image/jpeg"))
def get_example_picture(
    workspace: Opened, round_id: str, example_id: str, if_none_match: IfNoneMatch = None
) -> Response:
    """Send the spectrogram of an uploaded example as a small grey JPEG."""
    found = example_clips.get_picture(workspace, round_id=round_id, example_id=example_id)
    return answer_cached(found.data, found.info.etag, media_type="image/jpeg", named=False, asked=if_none_match)


@router.delete("/{example_id}", status_code=204)
def remove_example(workspace: Opened, round_id: str, example_id: str) -> None:
    """Show an example no more."""
    examples.remove_example(workspace, round_id=round_id, example_id=example_id)
