"""Visit every page, and every route that reads, of a workspace that `benchmarks.parts.big_workspace` has made."""

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy import Engine, select
from starlette.testclient import TestClient
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from benchmarks.parts.big_workspace import BIG, RUN
from podcast_core.api.server import create_api
from podcast_core.services.verifying import samples
from podcast_core.storage.schema import prediction_sets, predictions, reviews, sessions, submissions
from podcast_core.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
SCOPES = ROOT / "tests" / "api" / "scopes.txt"
HOME = "http://127.0.0.1:8501"

# Of what is not in the workspace (benchmarks of its own measure it), or of a whole recording's sound.
ELSEWHERE = (
    "{collection_id}",
    "{sheet_id}",
    "{feed_id}",
    "{evaluation_id}",
    "{example_id}",
    "{session_id}/calibration",
    "{job_id}",
    "{hash_id}",
    "{path}",
    "}/spectrogram",
    "/recordings/{recording_id}/figure",
    "}/ltsa.png",
    "/api/docs",
    "/api/openapi",
)
NOTHING_YET = "/estimates"  # nothing was drawn at random
# Searches, which look at boxes until they have found enough, or for 0.3 s; and what an act on labels would change.
SEARCHED = ("/annotations", "/labels/split", "/labels/use")
# What comes as a stream, or is made anew for whoever asks: it may take as long as it is large.
WHOLE = ("/export", "/zip", "/prediction-sets/{set_id}", "/get-annotations", *SEARCHED)
# What needs all of a round, and is worked out once: see `podcast_core.services.store.kept_results`, `storage.samples`.
KEPT = ("/candidates", "/agreement", "/agreement/sessions", "/adjudication", "/consensus")
# What routes are asked for besides their plain form.
QUERIES: dict[str, tuple[str, ...]] = {
    "/api/v1/annotations": ("where=label=='call'", "where=near('call',2)"),
    "/api/v1/rounds/{round_id}/labels/split": ("where=label=='song'",),
    "/api/v1/rounds/{round_id}/labels/use": ("label=call",),
    "/api/v1/rounds/{round_id}/sessions": (
        *("limit=50", "limit=50&outcome=labelled", "limit=50&open=true", "limit=50&annotator=Ann&sort=newest"),
        *("limit=50&label=song", "limit=50&verdict=waiting", "limit=50&sort=lowest%20score"),
    ),
    "/api/v1/rounds/{round_id}/boxes": ("limit=50", "limit=50&label=song"),
    "/api/v1/rounds/{round_id}/submissions": ("limit=50", "session_id={session_id}", "limit=5&annotator=Bo"),
    "/api/v1/rounds/{round_id}/predictions": ("limit=5", "limit=5&label=click"),
    "/api/v1/rounds/{round_id}/prediction-sets/{set_id}": ("", "limit=100"),
    "/api/v1/rounds/{round_id}/candidates": ("run_id={run_id}&limit=50",),
    "/api/v1/rounds/{round_id}/sessions/{session_id}/measurements": ("start_s=0.1&end_s=0.4",),
    "/api/v1/rounds/{round_id}/export": ("format=raven",),
    "/api/v1/rounds/{round_id}/export/preview": ("format=raven",),
    "/api/v1/releases/compare": ("older=pilot/1&newer=pilot/1",),
    "/api/v1/runs/{run_id}/sessions": ("limit=50",),
    "/api/v1/runs/{run_id}/boxes": ("limit=50",),
}
WHO = {"holder": "tab", "annotator": "Dora"}
# What is sent by people at work, in this order; the rest of the routes that write are jobs or acts on a whole round.
SENT: dict[str, tuple[str, str, Mapping[str, Any]]] = {
    **{
        f"claims, {order}": ("POST", "/claims", {**WHO, "order": order})
        for order in ("queue", "random", "time", "score", "uncertainty", "site", "gain", "no_predictions")
    },
    "claims, a label": ("POST", "/claims", {**WHO, "label": "click"}),
    "claims, a site": ("POST", "/claims", {**WHO, "site": "Bush Point"}),
    "claims, a day": ("POST", "/claims", {**WHO, "date_from": "2026-06-01", "date_to": "2026-06-01"}),
    "claims, to verify": ("POST", "/claims", {**WHO, "unjudged": True}),
    "claims, one session": ("POST", "/claims", {**WHO, "session_id": "{session_id}"}),
    "claims/release": ("POST", "/claims/release", {"holder": "tab"}),
    "reviews": (
        "POST",
        "/sessions/{session_id}/reviews",
        {"review_id": "r-{round_id}", "submission_id": "{submission_id}", "reviewer": "Cleo", "verdict": "accept"},
    ),
    "submissions": (
        "POST",
        "/sessions/{session_id}/submissions",
        {"submission_id": "s-{round_id}", "annotator": "Dora", "outcome": "empty"},
    ),
    "verdicts": (
        "POST",
        "/verdicts",
        {
            "verdict_id": "v-{round_id}",
            "annotator": "Dora",
            "items": [{"session_id": "{predicted_id}", "prediction_id": "{prediction_id}", "verdict": "yes"}],
        },
    ),
    "PATCH": ("PATCH", "", {"description": "All of the summer."}),
}

# Pages by what is looked at: file, query, and what was chosen on it before.
PAGES: dict[str, tuple[str, Mapping[str, str], Mapping[str, Any]]] = {
    "Rounds": ("rounds.py", {}, {}),
    "Label": ("label.py", {}, {}),
    "Label, one session": ("label.py", {"session": "{session_id}"}, {}),
    "Live": ("live.py", {}, {}),
    "Explore": ("explore.py", {}, {}),
    "Review": ("review.py", {}, {}),
    "Review, one session": ("review.py", {"session": "{session_id}"}, {}),
    "Progress": ("progress.py", {}, {}),
    "My work": ("work.py", {}, {}),
    "Adjudicate": ("adjudicate.py", {}, {}),
    "Adjudicate, one session": ("adjudicate.py", {"session": "{session_id}"}, {}),
    "Annotations": ("annotations.py", {}, {}),
    "Annotations, searched": ("annotations.py", {"where": 'label == "call" and not in_session("noise")'}, {}),
    "Figure, one session": ("figures.py", {"session": "{session_id}"}, {}),
    "Figure, calls by label": ("figures.py", {}, {}),
    "Agreement": ("agreement.py", {}, {}),
    "Verification samples": ("verification_samples.py", {}, {}),
    "Verification samples, answers": ("verification_samples.py", {"of": "answers"}, {}),
    "Data, add": ("data.py", {}, {}),
    "Data, export": ("data.py", {}, {"data_tab": "Export"}),
    "Data, import predictions": ("data.py", {}, {"data_tab": "Import predictions"}),
    "Data, import annotations": ("data.py", {}, {"data_tab": "Import annotations"}),
    "Releases": ("releases.py", {}, {}),
    "Releases, new": ("releases.py", {}, {"release_view": "New release"}),
    "Releases, compare": ("releases.py", {}, {"release_view": "Compare"}),
    "Spectrograms": ("spectrograms.py", {}, {}),
    "Train, new": ("train.py", {}, {"train_view": "New training"}),
    "Train, trainings": ("train.py", {}, {"train_view": "Trainings"}),
    "Train, models": ("train.py", {}, {"train_view": "Models"}),
    "Train, compare": ("train.py", {}, {"train_view": "Compare"}),
    "Train, growth": ("train.py", {}, {"train_view": "Growth"}),
    "Predictions": ("predictions.py", {}, {}),
    "Model runs": ("runs.py", {}, {}),
    "Candidates": ("candidates.py", {}, {}),
    "Candidates of a run": ("candidates.py", {"run": "{run_id}"}, {}),
    "Jobs": ("jobs.py", {}, {}),
    "People": ("access.py", {}, {}),
}


_scan_once = functools.cache(manifest_scanner.scan_component_manifests)  # else at every page, through all packages


@dataclass(frozen=True, slots=True)
class Visit:
    """A page or route, and a way to ask for it."""

    name: str
    do: Callable[[], object]
    is_whole: bool = False  # takes as long as what it gives is large
    is_kept: bool = False  # takes as long as a round is large for the first time only


def is_ours(engine: Engine) -> bool:
    """Tell whether an engine is the workspace's, and not that of the job queue."""
    return "jobs" not in str(engine.url.database) and "dbos" not in str(engine.url.query)


def find_places(workspace: Workspace, round_id: str = BIG) -> dict[str, str]:
    """Find what stands in the places of routes: a session in the middle of the round, its answer, and so on."""
    with workspace.database.reading() as connection:
        answered = select(submissions.c.session_id).where(submissions.c.round_id == round_id)
        mine = select(sessions.c.id, sessions.c.recording_id).where(sessions.c.round_id == round_id)
        found = connection.execute(mine.where(sessions.c.id.in_(answered)).order_by(sessions.c.position)).all()
        session_id, recording_id = found[len(found) // 2]
        here = (submissions.c.round_id == round_id, submissions.c.session_id == session_id)
        submission_id = connection.scalars(select(submissions.c.id).where(*here).limit(1)).one()
        of_round = prediction_sets.c.round_id == round_id
        set_id = connection.scalars(select(prediction_sets.c.id).where(of_round).limit(1)).one()
        box = connection.execute(
            select(predictions.c.id, predictions.c.session_id).where(predictions.c.set_id == set_id).limit(1)
        ).one()
        assert connection.scalars(select(reviews.c.id).limit(1)).one_or_none()
    places = {"round_id": round_id, "session_id": session_id, "recording_id": recording_id, "run_id": RUN}
    of_pilot = {"name": "finch", "version": "1"}
    of_session = {"submission_id": submission_id, "set_id": set_id}
    return {
        **places,
        **_draw(workspace, round_id),
        **of_pilot,
        **of_session,
        "prediction_id": box.id,
        "predicted_id": box.session_id,
        "format": "svg",
    }


def _draw(workspace: Workspace, round_id: str) -> dict[str, str]:
    """Draw predictions and answers to be verified."""
    drawn = samples.draw_predictions(workspace, samples.PredictionDraw(round_id, per_stratum=2, band_width=1.0))
    audit = samples.draw_answers(workspace, samples.AnswerDraw(round_id, count=20))
    return {"sample_id": drawn.id, "audit_id": audit.id}


def list_routes(places: Mapping[str, str]) -> Iterator[tuple[str, str, bool]]:
    """List the routes that read: name, address, and whether they give a whole."""
    for line in SCOPES.read_text().splitlines():
        method, template, _scope = line.split()
        if method != "GET" or any(each in template for each in ELSEWHERE):
            continue
        here = {**places, "name": "pilot"} if "/releases/" in template else places
        for query in QUERIES.get(template, ("",)):
            name = f"GET {template}" + (f"?{query}" if query else "")
            address = f"{template}?{query}".rstrip("?").format(**here)
            is_part = "preview" in template or query.startswith("limit")
            yield name, address, any(each in template for each in WHOLE) and not is_part


@contextmanager
def opened_client(workspace: Workspace) -> Iterator[TestClient]:
    """Open a client of the workspace's routes."""
    with TestClient(create_api(lambda: workspace), base_url=HOME) as client:
        yield client


def list_route_visits(client: TestClient, places: Mapping[str, str]) -> list[Visit]:
    """List the routes that read, as visits."""

    def get(address: str) -> int:
        answer = client.get(address)
        is_well = answer.status_code < 300 or (answer.status_code == 404 and address.endswith(NOTHING_YET))
        assert is_well, f"GET {address}: {answer.status_code} {answer.text[:300]}"
        return len(answer.content)

    return [
        Visit(name, functools.partial(get, address), whole, is_kept=name.partition("?")[0].endswith(KEPT))
        for name, address, whole in list_routes(places)
    ]


def list_sent_visits(client: TestClient, places: Mapping[str, str]) -> list[Visit]:
    """List what people at work send, as visits."""

    def send(method: str, path: str, body: Mapping[str, Any]) -> None:
        address = f"/api/v1/rounds/{places['round_id']}{path.format(**places)}"
        answer = client.request(method, address, json=_fill(body, places))
        assert answer.status_code < 300, f"{method} {address}: {answer.status_code} {answer.text[:300]}"

    return [
        Visit(f"sent {name}", functools.partial(send, *what), is_kept=name.endswith("no_predictions"))
        for name, what in SENT.items()
    ]


def _fill(value: Any, places: Mapping[str, str]) -> Any:
    """Fill places into all texts of a body."""
    if isinstance(value, str):
        return value.format(**places)
    if isinstance(value, Mapping):
        return {name: _fill(each, places) for name, each in value.items()}
    return [_fill(each, places) for each in value] if isinstance(value, list) else value


@contextmanager
def pages_of(workspace: Workspace) -> Iterator[None]:
    """Let pages in Streamlit's harness show a workspace."""
    with (
        patch.object(manifest_scanner, "scan_component_manifests", _scan_once),
        patch("pages.shared.state.get_workspace", lambda: workspace),
        patch("pages.shared.state.read_cookie", lambda _name: ""),
    ):
        yield


def list_page_visits(places: Mapping[str, str], *, timeout_s: float = 60) -> list[Visit]:
    """List the pages, as visits; within `pages_of`."""

    def draw(file: str, query: Mapping[str, str], chosen: Mapping[str, Any]) -> AppTest:
        app = AppTest.from_file(str(ROOT / "pages" / "frame.py"), default_timeout=timeout_s)
        for key, value in {"round": "{round_id}", **query}.items():
            app.query_params[key] = value.format(**places)
        for key, value in chosen.items():
            app.session_state[key] = value
        app.switch_page(file).run()
        found = [*app.exception, *app.error]
        assert not found, f"{file}: {found[0].value}"
        return app

    return [
        Visit(f"page {name}", functools.partial(draw, *what), is_kept=name.startswith(("Agreement", "Adjudicate")))
        for name, what in PAGES.items()
    ]
