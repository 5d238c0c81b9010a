"""The kinds of jobs: what a worker can do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from podcast_core.services.jobs.running import MAX_REASONS, Params, Result, RunningJob
from podcast_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of job.

    ``run`` does the work. It can be run again at any point: it completes what is missing and changes nothing else.
    ``subject`` says in a few words what a job is about, ``summary`` in one sentence what it has done.
    """

    title: str
    run: Callable[[Workspace, Params, RunningJob], Result]
    subject: Callable[[Params], str] = lambda _params: ""
    summary: Callable[[Result], str] = lambda _result: ""

    def describe(self, params: Params) -> str:
        """Write one line about a job of this kind."""
        subject = self.subject(params)
        return f"{self.title}: {subject}" if subject else self.title


def _ingest(workspace: Workspace, params: Params, run: RunningJob) -> Result:
    """Add recordings to a round, one step per recording.

    Parameters are those of `podcast_core.services.intake.ingest.ingest`: ``paths`` and ``round_name``, and where wanted
    ``session_length_s``, ``labels``, ``site``, ``zone``, ``time_pattern``, ``time_offset_s``,
    ``take_cut``.
    """
    from podcast_core.services.intake import ingest
    from podcast_core.services.intake.indexing import Manner
    from podcast_core.services.intake.names import name_source, show_source
    from podcast_core.storage.database import analyze

    manner = Manner.of(params)
    others = {"paths", *manner.names()}
    options = {"manner": manner, **{name: value for name, value in params.items() if name not in others}}
    later = {name: value for name, value in options.items() if name != "labels"}

    def find() -> Result:
        found, failed = ingest.find_sources(workspace, params["paths"])
        round_id = ingest.ingest(workspace, paths=[], **options).round_id
        return {
            "paths": found,
            "round_id": round_id,
            "failed": [[show_source(each.path), each.reason] for each in failed],
        }

    def add(path: str) -> Result:
        report = ingest.ingest(workspace, paths=[path], **{**later, "round_name": plan["round_id"]})
        return {
            "added": len(report.added),
            "unchanged": len(report.unchanged),
            "sessions": sum(each.session_count for each in report.added),
            "seconds": sum(each.duration_s for each in report.added),
            "failed": [[show_source(each.path), each.reason] for each in report.failed],
            "notes": [note for each in (*report.added, *report.unchanged) for note in each.notes],
        }

    run(0, 0, "Looking for audio")
    plan = run.step("find", find)
    paths, failed = plan["paths"], list(plan["failed"])
    totals = {"added": 0, "unchanged": 0, "sessions": 0, "seconds": 0.0}
    for path, reason in failed:
        run.log(f"failed: {path}: {reason}")
    for done, path in enumerate(paths):
        run(done, len(paths), name_source(path))
        result = run.step("add", add, path)
        for note in result.get("notes", ()):  # a job that an earlier version began has none
            run.log(f"note: {name_source(path)}: {note}")
        totals = {name: value + result[name] for name, value in totals.items()}
        for name, reason in result["failed"]:
            run.log(f"failed: {name}: {reason}")
        failed += result["failed"]
    if totals["added"] >= ingest.MANY:
        with workspace.database.writing() as connection:
            analyze(connection)
    run(len(paths), len(paths), "")
    return {"round_id": plan["round_id"], **totals, "failed_count": len(failed), "failed": failed[:MAX_REASONS]}


def _add_demo(workspace: Workspace, params: Params, run: RunningJob) -> Result:  # noqa: ARG001  # there is but one
    """Add the demo round, or what is missing of it."""
    from podcast_core.services.intake import demo

    round_ = demo.add_demo_round(workspace, on_progress=lambda done, total: run(done, total, "Making the demo round"))
    return {"round_id": round_.id}


def _select(workspace: Workspace, params: Params, run: RunningJob) -> Result:
    """Add candidates and samples of a round to another one.

    Parameters are ``round_id``, ``target_name``, and where wanted ``model`` or ``run_id``, ``high``, ``low``,
    ``quiet_is_negative``, ``from``, ``to``, ``negatives``, ``unreviewed`` (shares from 0 to 1), ``seed``,
    ``labels`` (what each becomes) and ``add_labels``.
    """
    from podcast_core.services.labels.matching import LabelChoice
    from podcast_core.services.runs import selection

    criteria, sampling = selection.read_choice(params)
    report = selection.select_sessions(
        workspace,
        round_id=params["round_id"],
        target_name=params["target_name"],
        model=params.get("model", ""),
        run_id=params.get("run_id", ""),
        criteria=criteria,
        sampling=sampling,
        labels=LabelChoice(params.get("labels", {}), params.get("add_labels", False)),
        on_progress=run,
    )
    return {"round_id": report.round_id, "selection": report.id, "sessions": report.added, "unchanged": report.known}


def _name_sources(params: Params) -> str:
    from podcast_core.services.intake.names import name_source

    paths: Sequence[str] = params.get("paths", ())
    names = ", ".join(name_source(path) or path for path in paths[:2])
    more = f" and {len(paths) - 2} more" if len(paths) > 2 else ""
    return f"{names}{more} to {params.get('round_name', '')}"


def _sum_up(result: Result) -> str:
    added, unchanged, failed = result["added"], result["unchanged"], result["failed_count"]
    minutes, sessions = result["seconds"] / 60, result["sessions"]
    parts = [f"{_count(added, 'recording')} added ({_count(sessions, 'session')}, {minutes:,.1f} minutes)"]
    if not added:
        parts = ["Nothing was added"]
    parts += [f"{unchanged} known already"] if unchanged else []
    parts += [f"{failed} failed"] if failed else []
    parts += [_count(result["gap_count"], "gap")] if result.get("gap_count") else []
    return ", ".join(parts) + "."


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _ingest_hls(workspace: Workspace, params: Params, run: RunningJob) -> Result:
    """Take a span out of an HLS archive; what earlier tries fetched is in the file store and not fetched again."""
    from podcast_core.services.hls import ingest as hls

    report = hls.ingest_hls(
        workspace,
        source=hls.Source(params["url"], site=params.get("site", ""), offset_s=params.get("offset_s", hls.OFFSET_S)),
        from_at=hls.parse_moment(params["from"]),
        to_at=hls.parse_moment(params["to"]),
        round_name=params["round_name"],
        session_length_s=params.get("session_length_s", 60.0),
        labels=params.get("labels", ()),
        on_progress=run,
    )
    for gap in report.gaps[:MAX_REASONS]:
        word = "overlap" if gap.is_overlap else "gap"
        run.log(f"{word} at {gap.started_at:%Y-%m-%d %H:%M:%S} UTC, {gap.duration_s:.3f} s: {gap.reason}")
    return {
        "round_id": report.round_id,
        "added": len(report.added),
        "unchanged": len(report.unchanged),
        "sessions": sum(each.session_count for each in report.added),
        "seconds": sum(each.duration_s for each in report.added),
        "failed_count": len(report.failed),
        "failed": [[each.path, each.reason] for each in report.failed[:MAX_REASONS]],
        "gap_count": len(report.gaps),
    }


def _migrate(workspace: Workspace, params: Params, run: RunningJob) -> Result:
    """Bring the rounds of an original Pod.Cast deployment: ``root``, and where wanted ``round_ids`` and ``label``."""
    from podcast_core.dialects.podcast import migration

    report = migration.migrate_in(
        workspace,
        root=params["root"],
        round_ids=params.get("round_ids", ()),
        label=params.get("label", "call"),
        on_progress=run,
    )
    for note in report.notes:
        run.log(note)
    return {
        "round_id": report.rounds[0].round_id if report.rounds else "",
        "sessions": sum(each.sessions for each in report.rounds),
        "summary": report.summary,
        "failed_count": len(report.problems),
        "failed": [["not brought", problem] for problem in report.problems[:MAX_REASONS]],
    }


def _release(workspace: Workspace, params: Params, run: RunningJob) -> Result:
    """Make a release of a data set."""
    from podcast_core.services.sets import releases

    return releases.create_from_params(workspace, params, run)


def _compute_spectrograms(workspace: Workspace, params: Params, run: RunningJob) -> Result:
    """Compute the spectrograms of recordings."""
    from podcast_core.services.pictures import bat_states

    return bat_states.run(workspace, params, run)


def _fill(workspace: Workspace, params: Params, run: RunningJob) -> Result:
    """Fill in the rest of a session or recording from its annotated parts."""
    from podcast_core.services.learning import fill_in

    return fill_in.run(workspace, params, run)


def _finetune(workspace: Workspace, params: Params, run: RunningJob) -> Result:
    """Train a model from annotated areas."""
    from podcast_core.dialects.whisperseg import training

    return training.run(workspace, params, run)


def _run_model(workspace: Workspace, params: Params, run: RunningJob) -> Result:
    """Look at rounds or recordings with a model."""
    from podcast_core.services.runs import job

    return job.run(workspace, params, run)


def _train(workspace: Workspace, params: Params, run: RunningJob) -> Result:
    """Train a model from rounds or a release, and measure it on sessions that it has not learnt from."""
    from podcast_core.services.learning import training_run

    return training_run.run(workspace, params, run)


def _evaluate(workspace: Workspace, params: Params, run: RunningJob) -> Result:
    """Measure models on the same sessions."""
    from podcast_core.services.learning import comparison

    return comparison.run(workspace, params, run)


def _draw_curve(workspace: Workspace, params: Params, run: RunningJob) -> Result:
    """Train models on more and more of a round's sessions."""
    from podcast_core.services.learning import learning_curves

    return learning_curves.run(workspace, params, run)


def _embed(workspace: Workspace, params: Params, run: RunningJob) -> Result:
    """Find and describe the clips of a collection."""
    from podcast_core.services.explore import embedding

    return embedding.run(workspace, params, run)


def _draw_map(workspace: Workspace, params: Params, run: RunningJob) -> Result:
    """Draw a map of a collection."""
    from podcast_core.services.explore import maps

    return maps.run(workspace, params, run)


def _keep(workspace: Workspace, params: Params, run: RunningJob) -> Result:
    """Make a round of a sheet: ``ingest`` has the parameters of that job, the others are of `keeping`."""
    from podcast_core.services.sheets import keeping

    return keeping.import_tables(workspace, params, _ingest(workspace, params["ingest"], run), run)


JOBS: Mapping[str, Kind] = {
    "ingest": Kind("Add recordings", _ingest, _name_sources, _sum_up),
    "ingest_hls": Kind(
        "Add from an HLS archive",
        _ingest_hls,
        lambda params: f"{params['url']}, {params['from']} to {params['to']}, to {params['round_name']}",
        _sum_up,
    ),
    "migrate": Kind(
        "Bring a Pod.Cast deployment",
        _migrate,
        lambda params: str(params.get("root", "")),
        lambda result: str(result["summary"]),
    ),
    "demo": Kind(
        "Add the demo round",
        _add_demo,
        lambda _params: "demo",
        lambda result: f"Round {result['round_id']} is there.",
    ),
    "select": Kind(
        "Select candidates",
        _select,
        lambda params: f"{params.get('round_id', '')} to {params.get('target_name', '')}",
        lambda result: f"{_count(result['sessions'], 'session')} chosen, {result['unchanged']} known already.",
    ),
    "release": Kind(
        "Make a release",
        _release,
        lambda params: str(params.get("name", "")),
        lambda result: f"Release {result['release']} {'made' if result['is_new'] else 'was there already'}.",
    ),
    "spectrograms": Kind(
        "Compute spectrograms",
        _compute_spectrograms,
        lambda params: f"{_count(len(params.get('recording_ids', ())), 'recording')}, {params.get('band_khz')} kHz",
        lambda result: f"{_count(result['computed'], 'recording')} computed, {result['failed_count']} failed.",
    ),
    "finetune": Kind(
        "Train a model",
        _finetune,
        lambda params: str(params.get("name", "")),
        lambda result: f"Model {result['model']} is ready, learned from {_count(result['calls'], 'call')}.",
    ),
    "run": Kind(
        "Run a model",
        _run_model,
        lambda params: str(params.get("run_id", "")),
        lambda result: (
            f"{_count(result['calls'], 'call')} found in {_count(result['pieces'], 'session')} "
            f"({result['audio_s'] / 60:,.1f} min), {result['speed']:,.3g} times real time."
        ),
    ),
    "train": Kind(
        "Train model",
        _train,
        lambda params: str(params.get("request", {}).get("name", "")),
        lambda result: (
            f"{result['model']} is ready, learned from {_count(result['calls'], 'call')}: {result['figures']}"
        ),
    ),
    "embed": Kind(
        "Describe sounds",
        _embed,
        lambda params: str(params.get("name", "") or params.get("collection_id", "")),
        lambda result: (
            f"{_count(result['clips'], 'clip')}: {result['described']:,} described, "
            f"{result['copied']:,} known already, {result['failed_count']:,} failed."
        ),
    ),
    "evaluate": Kind(
        "Measure models",
        _evaluate,
        lambda params: str(params.get("models", "")),
        lambda result: f"{', '.join(result['models'])} measured on {_count(result['sessions'], 'session')}.",
    ),
    "curve": Kind(
        "Measure what more labels are worth",
        _draw_curve,
        lambda params: str(params.get("round_id", "")),
        lambda result: f"{result['trainings']} trainings on parts of round {result['round_id']} are measured.",
    ),
    "map": Kind(
        "Draw a map",
        _draw_map,
        lambda params: f"{params.get('method', '')} of {params.get('collection_id', '')}",
        lambda result: (
            f"A map by {result['method']} is drawn: fitted on {_count(result['fitted'], 'clip')}, "
            f"{result['placed']:,} placed among them."
        ),
    ),
    "keep": Kind(
        "Keep predictions as a round",
        _keep,
        lambda params: str(params.get("round_name", "")),
        lambda result: f"{_sum_up(result)} {_count(result['predictions'], 'prediction')} imported.",
    ),
    "fill": Kind(
        "Fill in the rest",
        _fill,
        lambda params: str(params.get("session_id", "")),
        lambda result: f"{_count(result['calls'], 'call')} filled in, in {_count(result['sessions'], 'session')}.",
    ),
}
