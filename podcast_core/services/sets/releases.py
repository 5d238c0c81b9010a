"""Releases: immutable, versioned, checksummed data sets made of rounds.

A release is planned (`release_plan`), its files are written one by one, and its manifest last: whoever finds the
manifest finds all of it. A creation that was cut off is completed by asking for the same again. Nothing in a release
depends on when, where or in which order it was made.
"""

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field

from podcast_core import __version__
from podcast_core.audio.cutting import PieceFile, choose_encoding, cut_piece, hash_audio, is_constant
from podcast_core.domain.release import Release
from podcast_core.errors import Conflict, InvalidInput, NotFound
from podcast_core.formats.contents import Entry
from podcast_core.progress import Progress, tell_nobody
from podcast_core.services.jobs.running import Params, Result, RunningJob
from podcast_core.services.sets import datacard, release_files
from podcast_core.services.sets.release_files import Part
from podcast_core.services.sets.release_plan import Plan, plan_release
from podcast_core.services.sets.release_request import ReleaseRequest, next_version, read_request
from podcast_core.services.sets.release_store import (
    CARD,
    INDEX,
    MANIFEST,
    SUMS,
    find_release,
    get_release,
    list_releases,
    list_versions,
    make_key,
    reservation_key,
)
from podcast_core.services.store.sources import locate
from podcast_core.workspace import Workspace

SCHEMA_VERSION = 1
EXACT_CODECS = ("PCM_S8", "PCM_U8", "PCM_16", "PCM_24")  # nothing of these can be clipped


@dataclass(frozen=True, slots=True)
class Created:
    """A release, and whether it was there before with the same content."""

    release: Release
    is_new: bool


@dataclass(slots=True)
class _Writer:
    """Writes the files of one version and remembers their checksums; what an earlier try left is kept."""

    workspace: Workspace
    name: str
    version: str
    known: set[str]
    files: dict[str, tuple[int, str]] = field(default_factory=dict)

    def has(self, path: str) -> bool:
        """Tell whether an earlier try wrote this file."""
        return make_key(self.name, self.version, path) in self.known

    def read(self, path: str) -> bytes:
        """Read what an earlier try wrote."""
        data = self.workspace.files.read(make_key(self.name, self.version, path))
        self.files[path] = (len(data), hashlib.sha256(data).hexdigest())
        return data

    def write(self, path: str, data: bytes) -> None:
        """Write a file; Conflict when there is another one under its name."""
        if path in self.files:
            raise InvalidInput(f"Two files of the release would be {path!r}.")
        stored = self.workspace.files.add(make_key(self.name, self.version, path), data)
        if stored != data:
            raise Conflict(
                f"{path} of release {self.name}/{self.version} already exists with different content, from an "
                f"earlier attempt with another version of a library. Choose another version number."
            )
        self.files[path] = (len(data), hashlib.sha256(data).hexdigest())


def create_release(workspace: Workspace, *, request: ReleaseRequest, on_progress: Progress = tell_nobody) -> Created:
    """Make a release.

    Asking again for the same changes nothing; asking again after a creation that was cut off completes it.

    Parameters
    ----------
    request
        What is wanted. Without a version, the next one.
    on_progress
        Called with files done, files in all, and the name of the one that is next.

    Raises
    ------
    NotFound
        When there is no such round, or a recording is not where it was.
    InvalidInput
        When nothing can go in, or there are fewer groups than splits.
    Conflict
        When something would leak between splits or out of a held-out set (with the list), a recording has changed, or
        the version is taken by other content.
    """
    plan = plan_release(workspace, request=request)
    same = _find_same(workspace, plan)
    if same is not None:
        return Created(same, is_new=False)
    if plan.problems:
        raise Conflict(
            "The release was not made: audio must not be in two splits, or in train when it is held out.\n"
            + "\n".join(plan.problems)
        )
    version = _reserve(workspace, plan)
    writer = _Writer(workspace, request.name, version, _list_known(workspace, request.name, version))
    return Created(_write(plan, writer, on_progress), is_new=True)


def run(workspace: Workspace, params: Params, run: RunningJob) -> Result:
    """Make a release as a job, of the parameters that `podcast_core.services.sets.release_request` writes.

    Returns
    -------
    dict
        ``release`` (``NAME/VERSION``) and ``is_new``.
    """
    created = create_release(workspace, request=read_request(params), on_progress=run)
    return {"release": created.release.id, "is_new": created.is_new}


def _find_same(workspace: Workspace, plan: Plan) -> Release | None:
    """Find a version with the same inputs: the one that was asked for, else the newest."""
    request = plan.request
    if not request.version:
        newest = list_releases(workspace, name=request.name)[:1]
        return next((each for each in newest if each.digest == plan.digest), None)
    with suppress(NotFound):
        found = get_release(workspace, name=request.name, version=request.version)
        if found.digest != plan.digest:
            raise Conflict(
                f"Release {found.id} exists with different content, and a release never changes. Leave out the "
                f"version to make the next one."
            )
        return found
    return None


def _reserve(workspace: Workspace, plan: Plan) -> str:
    """Take a version: the first that is free, or that was begun from the very same and not completed."""
    name, content = plan.request.name, _digest_content(plan)
    version = plan.request.version or next_version([])
    taken = [each for _, each in list_versions(workspace, name=name)]
    if not plan.request.version and taken:
        newest = taken[-1]
        version = newest if find_release(workspace, name=name, version=newest) is None else next_version(taken)
    while True:
        key = reservation_key(name, version)
        fields = {"kind": "release_version", "schema_version": 1, "name": name, "version": version, "content": content}
        data = (json.dumps(fields, indent=1, sort_keys=True) + "\n").encode()
        if workspace.files.add(key, data) == data:
            return version
        if plan.request.version:
            raise Conflict(
                f"Release {name}/{version} was started from different inputs and not completed. Choose another version."
            )
        version = next_version([*taken, version])


def _digest_content(plan: Plan) -> str:
    """Name the content: the inputs, and which split each session got."""
    places = sorted((item.name, item.split, item.group) for item in plan.items)
    return hashlib.sha256(json.dumps([plan.digest, plan.based_on, places]).encode()).hexdigest()


def _list_known(workspace: Workspace, name: str, version: str) -> set[str]:
    return set(workspace.files.list(make_key(name, version, MANIFEST).rpartition("/")[0]))


def _write(plan: Plan, writer: _Writer, on_progress: Progress) -> Release:
    parts = release_files.list_parts(plan)
    names = ", ".join(round_.name for round_ in plan.rounds)
    title = plan.request.title or (names if names == writer.name else f"{writer.name}: {names}")[:200]
    round_ = release_files.make_round(plan, f"{writer.name}-{writer.version}", title)
    aliases = release_files.make_aliases(plan)
    split_count = sum(1 for _ in plan.balance)
    steps = len(parts) + len(plan.request.format_names) * split_count + 1
    made: list[tuple[Part, Entry]] = []
    checked: set[str] = set()
    clipped = 0
    for done, part in enumerate(parts):
        on_progress(done, steps, part.path or part.name)
        piece = None
        if part.path:
            piece = _make_audio(plan, part, writer, checked)
            clipped += piece.clipped_count
        made.append((part, release_files.make_entry(part, plan, round_, piece, aliases)))
    _check_same_sound(made, writer)
    entries = release_files.sort_by_split(made, plan.balance)
    written: set[str] = set()
    for path, data in release_files.write_annotations(plan, round_, entries):
        folder = path.rsplit("/", 1)[0]
        if folder not in written:
            on_progress(len(parts) + len(written), steps, folder)
            written.add(folder)
        writer.write(path, data)
    on_progress(steps - 1, steps, MANIFEST)
    for path, data in release_files.write_orcasound(plan, round_, entries).items():
        writer.write(path, data)
    writer.write(INDEX, release_files.write_index(made, plan.request.audio != "none"))
    release = _finish(plan, writer, title, aliases, clipped)
    on_progress(steps, steps, "")
    return release


def _make_audio(plan: Plan, part: Part, writer: _Writer, checked: set[str]) -> PieceFile:
    """Cut a part out of its recording, or take what an earlier try has cut."""
    recording = part.item.entry.recording
    encoding = choose_encoding(recording.encoding, plan.request.audio_container)
    frame_count = round(part.end_s * recording.sample_rate_hz) - round(part.start_s * recording.sample_rate_hz)
    if writer.has(part.path) and recording.encoding.endswith(EXACT_CODECS):
        return PieceFile(writer.read(part.path), frame_count, encoding)
    uri = locate(writer.workspace, recording)
    if recording.id not in checked and isinstance(
        uri, str
    ):  # what lies in a bucket would have to be fetched as a whole
        found = hash_audio(uri)
        if found != recording.sha256:
            raise Conflict(
                f"{recording.file_name} has changed since it was added: expected SHA-256 {recording.sha256}, found "
                f"{found}. Its labels may no longer fit."
            )
    checked.add(recording.id)
    piece = cut_piece(
        uri,
        channel=part.item.entry.session.channel,
        start_s=part.start_s,
        end_s=part.end_s,
        sample_rate_hz=recording.sample_rate_hz,
        encoding=encoding,
    )
    writer.write(part.path, piece.data)
    return piece


def _check_same_sound(made: list[tuple[Part, Entry]], writer: _Writer) -> None:
    """Refuse the very same sound in two splits, whatever the recordings are called; nothing but silence is no sound."""
    first: dict[str, Part] = {}
    problems = []
    for part, entry in made:
        if not part.path:
            continue
        other = first.setdefault(entry.recording.sha256, part)
        if other.item.split != part.item.split and not is_constant(writer.read(part.path)):
            problems.append(
                f"{other.path} and {part.path} are the same sound, from {other.item.entry.recording.file_name} and "
                f"{part.item.entry.recording.file_name}."
            )
    if problems:
        raise Conflict("The release was not made: the same sound is in two splits.\n" + "\n".join(problems[:20]))


def _finish(plan: Plan, writer: _Writer, title: str, aliases: Mapping[str, str], clipped: int) -> Release:
    """Write the data card, the checksums and, last of all, the manifest."""
    held_out = {"none": [], "test": ["test"], "all": list(plan.balance)}[plan.request.held_out]
    parameters = {name: value for name, value in plan.request.to_params().items() if name not in ("name", "version")}
    card = datacard.write_card(
        plan, name=writer.name, version=writer.version, title=title, held_out=held_out, clipped=clipped
    )
    writer.write(CARD, card)
    writer.write(SUMS, release_files.write_sums({path: digest for path, (_, digest) in writer.files.items()}))
    document = {
        "kind": "release",
        "schema_version": SCHEMA_VERSION,
        "name": writer.name,
        "version": writer.version,
        "title": title,
        "created_at": plan.created_at.isoformat(),
        "podcast_version": __version__,
        "licence": plan.request.licence,
        "citation": plan.request.citation,
        "held_out": held_out,
        "based_on": plan.based_on,
        "parameters": parameters,
        "inputs": {
            "digest": plan.digest,
            "rounds": [round_.id for round_ in plan.rounds],
            "submissions": sorted(item.answer.id for item in plan.items),
            "recordings": sorted({item.entry.recording.sha256 for item in plan.items}),
        },
        "labels": [{"name": label.name, "description": label.description} for label in plan.labels],
        "splits": {split: asdict(balance) for split, balance in plan.balance.items()},
        "left_out": dict(plan.left_out),
        "agreement": asdict(plan.agreement),
        "warnings": list(plan.warnings),
        "clipped_samples": clipped,
        "sessions": [release_files.describe_item(item, aliases) for item in plan.items],
        "files": [
            {"path": path, "bytes": size, "sha256": digest} for path, (size, digest) in sorted(writer.files.items())
        ],
    }
    data = (json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True, default=str) + "\n").encode()
    writer.workspace.files.add(make_key(writer.name, writer.version, MANIFEST), data)
    return get_release(writer.workspace, name=writer.name, version=writer.version)
