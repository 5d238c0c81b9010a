"""Rounds written back in the layout of an original Pod.Cast deployment, for its server to serve.

Containers, documents and YAML are as in `services.deployment`. Of answers only *labelled* and *empty* ones that no
review rejected have a document: the others cannot be said there. A session whose recording is a wav of its own at a
web address keeps that address; the audio of the others is written into the audio container, and ``uri`` points there.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from podcast_core.audio.cutting import choose_encoding, cut_piece
from podcast_core.dialects.podcast.deployment import CREDS, DEFAULT, Layout, open_files, write_yaml
from podcast_core.domain.round import Round
from podcast_core.domain.standing import REJECTED, describe
from podcast_core.domain.submission import Outcome
from podcast_core.errors import InvalidInput, count_of
from podcast_core.formats import podcast_json
from podcast_core.formats.contents import Entry
from podcast_core.progress import Progress, tell_nobody
from podcast_core.services.exchange.datasets import read_batch
from podcast_core.services.store.sources import locate
from podcast_core.storage import rounds
from podcast_core.storage.files import FileStore
from podcast_core.workspace import Workspace

LOST = ("unsure", "skipped", "verified", REJECTED)
WHOLE_S = 1e-3  # how closely a session must be its whole recording
WIKI = "https://github.com/orcasound/orcadata/wiki/Pod.Cast-data-archive"


@dataclass(slots=True)
class OutReport:
    """How many documents and wavs were written, and what there is no place for."""

    documents: int = 0
    answers: int = 0
    wavs: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def summary(self) -> str:
        """One sentence for the person."""
        documents, answers = count_of(self.documents, "session"), count_of(self.answers, "answer")
        return f"{documents}, {answers} and {count_of(self.wavs, 'wav')} written."


def migrate_out(
    workspace: Workspace,
    *,
    root: str,
    round_ids: Sequence[str],
    layout: Layout | None = None,
    audio_url: str = "",
    current_round: str = "",
    replace: bool = False,
    on_progress: Progress = tell_nobody,
) -> OutReport:
    """Write rounds as a deployment.

    Parameters
    ----------
    root
        The folder or URL that gets the containers.
    audio_url
        Address under which browsers reach the audio container; default: its place under ``root``.
    current_round
        The round that people see first; default: the last of ``round_ids``.
    replace
        Replace documents that are there with other content. Without it they stay, and are told.

    Raises
    ------
    NotFound, InvalidInput, StorageUnavailable
        When there is no such round, or the place cannot be written.
    """
    if not round_ids:
        raise InvalidInput("Name the rounds to write.")
    layout = layout or Layout()
    files = open_files(workspace, root)
    out = _Writer(files, replace, OutReport())
    with workspace.database.reading() as connection:
        chosen = [rounds.get_round(connection, round_id) for round_id in round_ids]
        batches = [read_batch(connection, each) for each in chosen]
    base = (audio_url or f"{root.rstrip('/')}/{layout.audiocontainer}").rstrip("/")
    total, done = sum(len(batch.entries) for batch in batches), 0
    for round_, batch in zip(chosen, batches, strict=True):
        for entry in batch.entries:
            on_progress(done, total, entry.session.id)
            done += 1
            uri = _write_audio(workspace, out, layout, base, entry)
            _write_documents(out, layout, round_, entry, uri)
        _note_left_out(out, round_, batch.entries)
    files.write(layout.roundinfoconfig, write_yaml(_describe(chosen, current_round or round_ids[-1])))
    out.write(CREDS, write_yaml(_describe_names(layout)))
    if out.kept:
        out.report.notes.append(
            f"Not changed, as the content is different: {count_of(len(out.kept), 'existing file')} (e.g. "
            f"{out.kept[0]})."
        )
    on_progress(total, total, "")
    return out.report


@dataclass(slots=True)
class _Writer:
    files: FileStore
    replace: bool
    report: OutReport
    kept: list[str] = field(default_factory=list)

    def write(self, key: str, data: bytes) -> None:
        """Write a file; what somebody else wrote there stays unless it is to be replaced."""
        if self.replace:
            self.files.write(key, data)
        elif self.files.add(key, data) != data:
            self.kept.append(key)


def _write_audio(workspace: Workspace, out: _Writer, layout: Layout, base: str, entry: Entry) -> str:
    recording, session = entry.recording, entry.session
    is_whole = session.start_s < WHOLE_S and abs(session.end_s - recording.duration_s) < WHOLE_S
    is_web = recording.uri.startswith(("https://", "http://"))
    if is_whole and is_web and recording.file_name == entry.wav_name:
        return recording.uri
    key = f"{layout.audiocontainer}/{session.round_id}/{entry.wav_name}"
    if not out.files.exists(key):
        piece = cut_piece(
            locate(workspace, recording),
            channel=session.channel,
            start_s=session.start_s,
            end_s=session.end_s,
            sample_rate_hz=recording.sample_rate_hz,
            encoding=choose_encoding(recording.encoding, "wav"),
        )
        out.write(key, piece.data)
        out.report.wavs += 1
    return f"{base}/{session.round_id}/{entry.wav_name}"


def _write_documents(out: _Writer, layout: Layout, round_: Round, entry: Entry, uri: str) -> None:
    name = f"{entry.session.id}.json"
    load = podcast_json.make_load_document(entry, uri, round_.site)
    models = sorted({box.model for box in entry.predictions if box.model})
    if len(models) == 1:
        load = {**load, "model_guid": models[0]}
    out.write(f"{layout.name_container('get', round_.id)}/{name}", podcast_json.encode(load))
    out.report.documents += 1
    if entry.outcome in (Outcome.LABELLED, Outcome.EMPTY):
        submit = podcast_json.make_submit_document(entry, uri, round_.site)
        out.write(f"{layout.name_container('post', round_.id)}/{name}", podcast_json.encode(submit))
        out.report.answers += 1


def _note_left_out(out: _Writer, round_: Round, entries: Sequence[Entry]) -> None:
    lost = Counter(describe(each.standing) for each in entries if each.standing in LOST)
    if lost:
        listed = ", ".join(f"{count} {outcome}" for outcome, count in sorted(lost.items()))
        out.report.notes.append(f"Round {round_.id}: answers that Pod.Cast has no document for: {listed}.")
    labels = {box.label for each in entries for box in each.annotations}
    labels |= {box.label for each in entries for box in each.predictions}
    if len(labels) > 1:
        out.report.notes.append(f"Round {round_.id}: Pod.Cast has one class; {len(labels)} labels became one.")
    models = {box.model for each in entries for box in each.predictions}
    if len(models) > 1:
        out.report.notes.append(f"Round {round_.id}: predictions of {count_of(len(models), 'model')} lie side by side.")


def _describe(chosen: Sequence[Round], current_round: str) -> dict[str, object]:
    infos: dict[str, object] = {DEFAULT: {"text": "This is a new round of unlabelled data.", "hydrophone_id": DEFAULT}}
    places: dict[str, object] = {DEFAULT: {"display_name": "Pod.Cast data wiki", "url": WIKI}}
    for round_ in chosen:
        infos[round_.id] = {"text": round_.description, "hydrophone_id": round_.id if round_.site else DEFAULT}
        if round_.site:
            places[round_.id] = {"display_name": round_.site, "url": round_.site_url}
    return {"current_round": current_round, "round_info": infos, "hydrophone_info": places}


def _describe_names(layout: Layout) -> dict[str, str]:
    names = {name: str(getattr(layout, name)) for name in ("getcontainer", "postcontainer", "audiocontainer")}
    return {"blobaccount": "", "blobaccountkey": "", **names, "roundinfoconfig": layout.roundinfoconfig}
