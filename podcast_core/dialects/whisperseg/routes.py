"""The routes of WhisperSeg's audio backend (vocal-annotation-backend), with its fields, defaults and status codes.

A failure is a status of 400 or above with ``{"detail", "error"}`` and never an empty result. Times are seconds from the
recording's start, frequencies hertz.
"""

import base64
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from podcast_core.api.dependencies import Asking, Opened
from podcast_core.api.downloads import Responses
from podcast_core.api.protocols import Cost, Protocol
from podcast_core.dialects.whisperseg import annotations as vocal_annotations
from podcast_core.dialects.whisperseg import audio, models, segmentation, spectrograms
from podcast_core.dialects.whisperseg.audio import Channel
from podcast_core.dialects.whisperseg.models import ListedModel
from podcast_core.dialects.whisperseg.picture import ROWS, Configuration
from podcast_core.dialects.whisperseg.shapes import (
    AnnotationsIn,
    ClipIn,
    ConfigurationIn,
    FinetuneIn,
    IdsIn,
    Item,
    LabelsIn,
    SoundIn,
    UrlIn,
    WaveformIn,
)
from podcast_core.domain.recording import Recording
from podcast_core.errors import Conflict, InvalidInput
from podcast_core.workspace import Workspace

router = APIRouter(tags=["WhisperSeg"])

PROTOCOL = Protocol(
    router=router,
    paths=(
        *("/upload", "/get-audio-clip-", "/post-annotations", "/get-annotations", "/release-audio-given-ids"),
        *("/list-models-", "/get-labels", "/finetune-whisperseg"),
    ),
    error_fields=("detail", "error"),
    scopes=(  # its clients ask for clips by POST
        ("POST", r"/get-audio-clip-(spec|wav|for-visualization)", "read"),
        ("POST", r"/(list-models-[a-z-]+|get-labels)", "read"),
        ("POST", r"/(upload|upload-by-url|post-annotations(/[^/]+)?|release-audio-given-ids)", "label"),
        ("POST", r"/finetune-whisperseg", "admin"),
    ),
    costs={
        **dict.fromkeys(("POST /upload", "POST /finetune-whisperseg"), Cost.COUNTED),
        **dict.fromkeys(("POST /post-annotations", "POST /post-annotations/{hash_id}"), Cost.COUNTED),
        **{f"POST /get-audio-clip-{kind}": Cost.SHORT for kind in ("spec", "wav", "for-visualization")},
        "POST /upload-by-url": Cost.SHORT,
        "POST /get-labels": Cost.LONG,
    },
)
TableFormat = Literal["json", "posts", "csv", "csv-7"]
TABLES: Responses = {200: {"content": {"application/json": {}, "text/csv": {"schema": {"type": "string"}}}}}
FILE_FIELD = "newAudioFile"
NUMBERS = tuple(each.name for each in fields(Configuration) if each.name != "spec_cal_method")


@router.post(
    "/upload",
    status_code=201,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": [FILE_FIELD],
                        "properties": {
                            FILE_FIELD: {"type": "string", "format": "binary"},
                            "spec_cal_method": {"type": "string"},
                            "color_map": {"type": "string"},
                            "spec_height": {"type": "integer", "enum": [200, 300]},
                            **{name: {"type": "integer"} for name in NUMBERS},
                        },
                    }
                }
            },
        }
    },
)
async def upload(workspace: Opened, caller: Asking, request: Request) -> dict[str, Any]:
    """Keep a file; every channel gets an audio id and a picture of all of it."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise InvalidInput(f"Expected multipart/form-data with a file {FILE_FIELD!r}.")
    async with request.form(max_files=1, max_fields=50) as form:
        file = form.get(FILE_FIELD)
        if not isinstance(file, UploadFile):
            raise InvalidInput(f"Expected a file {FILE_FIELD!r}, found none.")
        asked = _read_form({name: value for name, value in form.items() if isinstance(value, str)})
        name = file.filename or "audio"
        recording, ids = await run_in_threadpool(
            audio.add_audio,
            workspace,
            name=name,
            file=file.file,
            person=caller.person,
            check=asked.check,
        )
    return await run_in_threadpool(_write_channels, workspace, recording, ids, asked)


@router.post("/upload-by-url", status_code=201)
def upload_by_url(workspace: Opened, caller: Asking, body: UrlIn) -> dict[str, Any]:
    """Fetch a file from a public address, and keep it as an upload."""
    recording, ids = audio.add_audio_from_url(workspace, url=body.audio_url, person=caller.person, check=body.check)
    return _write_channels(workspace, recording, ids, body)


@router.post("/get-audio-clip-spec")
def get_audio_clip_spec(workspace: Opened, body: ClipIn) -> dict[str, Any]:
    """Draw ``hop_length * num_spec_columns`` samples from ``start_time`` on."""
    drawn = spectrograms.get_clip(
        workspace,
        audio_id=body.audio_id,
        start_s=body.start_time,
        asked=body.to_configuration(),
        look=body.to_look(),
    )
    return {"spec": drawn.spec, "freqs": drawn.freqs, "configurations": asdict(drawn.configuration)}


@router.post("/get-audio-clip-wav")
def get_audio_clip_wav(workspace: Opened, body: SoundIn) -> dict[str, str]:
    """Send a clip as WAV at the recording's own rate, padded with silence."""
    wav = audio.get_wav(workspace, audio_id=body.audio_id, start_s=body.start_time, duration_s=body.clip_duration)
    return {"wav": base64.b64encode(wav).decode("ascii")}


@router.post("/get-audio-clip-for-visualization", status_code=201)
def get_audio_clip_for_visualization(workspace: Opened, body: WaveformIn) -> dict[str, list[float]]:
    """Send a clip's waveform, or its outline where it is long."""
    outline = audio.get_waveform(
        workspace,
        audio_id=body.audio_id,
        start_s=body.start_time,
        duration_s=body.clip_duration,
        target_length=body.target_length,
    )
    return {"wav_array": outline}


@router.post("/post-annotations", status_code=201)
def post_annotations(workspace: Opened, caller: Asking, body: AnnotationsIn) -> dict[str, str]:
    """Keep rows; an empty list says that there is no call."""
    return post_annotations_to(workspace, caller, body, vocal_annotations.DEFAULT_COLLECTION)


@router.post("/post-annotations/{hash_id}", status_code=201)
def post_annotations_to(workspace: Opened, caller: Asking, body: AnnotationsIn, hash_id: str) -> dict[str, str]:
    """Keep rows in a collection."""
    kept = vocal_annotations.post_annotations(workspace, caller, rows=body.annotations, collection=hash_id)
    return {"message": "Annotations inserted successfully.", "id": kept}


@router.get("/get-annotations", responses=TABLES)
def get_annotations(workspace: Opened, format: TableFormat = "json") -> Any:
    """Send the rows that were posted as a list, as CSV with nine or seven columns, or with their posts."""
    return get_annotations_of(workspace, vocal_annotations.DEFAULT_COLLECTION, format)


@router.get("/get-annotations/{hash_id}", responses=TABLES)
def get_annotations_of(workspace: Opened, hash_id: str, format: TableFormat = "json") -> Any:
    """Send what was posted to a collection."""
    posts = vocal_annotations.list_posts(workspace, collection=hash_id)
    if format == "posts":
        return {"posts": posts}
    if format == "json":
        return vocal_annotations.list_rows(posts)
    columns = vocal_annotations.COLUMNS[7 if format == "csv-7" else 9]
    return Response(vocal_annotations.write_csv(posts, columns), media_type="text/csv")


@router.post("/release-audio-given-ids", status_code=201)
def release_audio(workspace: Opened, body: IdsIn) -> dict[str, str]:
    """Forget audio ids; unknown ones are passed over."""
    audio.release_audio(workspace, ids=body.audio_id_list)
    return {"status": "success"}


@router.post("/list-models-available-for-finetuning", status_code=201)
def list_models_for_finetuning(workspace: Opened) -> dict[str, Any]:
    """List the models from which a training can start; every model that is ready."""
    return list_models(workspace)


@router.post("/list-models-available-for-inference", status_code=201)
def list_models(workspace: Opened) -> dict[str, Any]:
    """List the models that are ready; a ``note`` says where another one stands in."""
    return {"response": [_write_model(each) for each in models.list_ready(workspace)]}


@router.post("/list-models-training-in-progress", status_code=201)
def list_models_in_training(workspace: Opened) -> dict[str, Any]:
    """List the models that wait, are being trained, or failed."""
    return {"response": [_write_model(each) for each in models.list_training(workspace)]}


@router.post("/get-labels", status_code=201)
def get_labels(workspace: Opened, body: LabelsIn) -> dict[str, Any]:
    """Segment a channel; people's labels in annotated areas stay."""
    found = segmentation.get_labels(
        workspace,
        audio_id=body.audio_id,
        model_name=body.model_name.lower(),
        areas=_dump(body.annotated_areas),
        human_labels=_dump(body.human_labels),
        min_frequency=body.min_frequency,
    )
    extra = {"note": found.note} if found.note else {}
    return {
        "labels": found.labels,
        "dropped_human_labels": found.dropped_human_labels,
        "model_used": found.model,
        **extra,
    }


@router.post("/finetune-whisperseg", status_code=201)
def finetune(workspace: Opened, body: FinetuneIn) -> dict[str, str]:
    """Put the training of a new model from annotated areas into the queue."""
    try:
        job_id = segmentation.finetune(
            workspace,
            audio_id=body.audio_id,
            areas=_dump(body.annotated_areas),
            human_labels=_dump(body.human_labels),
            new_model_name=body.new_model_name,
            initial_model_name=body.initial_model_name or body.inital_model_name or "whisperseg-base",
        )
    except Conflict as error:  # the original's clients know 400 for a name that is taken
        raise InvalidInput(str(error)) from error
    return {"message": "Training", "job_id": job_id}


def _read_form(form: Mapping[str, str]) -> ConfigurationIn:
    """Read form fields; what is no number is as if it was not there, as in the original."""

    def read(name: str) -> int | None:
        try:
            return int(form[name])
        except (KeyError, ValueError):
            return None

    method = form.get("spec_cal_method", "")
    asked: dict[str, Any] = {name: read(name) for name in NUMBERS}
    asked["spec_cal_method"] = method if method not in ("", "null", "None") else None
    height = read("spec_height")
    return ConfigurationIn(color_map=form.get("color_map"), spec_height=ROWS if height is None else height, **asked)


def _write_channels(
    workspace: Workspace, recording: Recording, ids: list[str], asked: ConfigurationIn
) -> dict[str, Any]:
    drawn = [
        spectrograms.get_overview(workspace, Channel(recording, number), asked.to_configuration(), asked.to_look())
        for number in range(len(ids))
    ]
    return {
        "configurations": asdict(drawn[-1].configuration),
        "channels": [
            {"spec": each.spec, "freqs": each.freqs, "audio_duration": recording.duration_s, "audio_id": audio_id}
            for each, audio_id in zip(drawn, ids, strict=True)
        ],
    }


def _write_model(model: ListedModel) -> dict[str, str]:
    extra = {"note": model.note} if model.note else {}
    return {"model_name": model.name, "status": model.status, "eta": model.eta, **extra}


def _dump(items: list[Item]) -> list[dict[str, Any]]:
    return [each.model_dump() for each in items]
