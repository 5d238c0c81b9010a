"""A client of `/api/v1` for scripts and notebooks. It needs no server code, and nothing besides Python itself.

>>> client = Client("http://127.0.0.1:8501")
>>> job_id = client.add_recordings(["night.wav"], round_name="Night")
>>> client.wait_for_job(job_id)["state"]
'done'
"""

import json
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from podcast_core.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    PodcastError,
    StorageUnavailable,
    Unauthenticated,
)

Json = dict[str, Any]

ERRORS: Mapping[int, type[PodcastError]] = {
    400: InvalidInput,
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    413: InvalidInput,
    415: InvalidInput,
    422: InvalidInput,
}
TRIES = 3  # of a GET that the server could not answer
TIMEOUT_S = 60.0
PAGE_ITEMS = 500


class Client:
    """A Pod.Cast server.

    Parameters
    ----------
    base_url
        Where it is, e.g. ``http://127.0.0.1:8501``.
    token
        A personal token, where the server wants one.

    Raises
    ------
    PodcastError
        Every method: the errors of `podcast_core.errors`, with the server's own words. Answers are the JSON that
        ``/api/docs`` describes.
    """

    def __init__(self, base_url: str, token: str = "") -> None:
        if not base_url.startswith(("http://", "https://")):
            raise InvalidInput(f"A server's address starts with http:// or https://, found {base_url[:80]!r}.")
        self._base_url = base_url.rstrip("/")
        self._headers = {"authorization": f"Bearer {token}"} if token else {}

    def list_recordings(self, **filters: str) -> Iterator[Json]:
        """List recordings; filters are ``site``, ``search``, ``from``, ``to``."""
        return self._list("recordings", filters)

    def get_recording(self, recording_id: str) -> Json:
        """Get a recording."""
        return self._get("recordings", recording_id)

    def add_recordings(self, paths: Sequence[str | Path], *, round_name: str, **options: str) -> str:
        """Upload recordings; the job whose id is returned cuts them into sessions.

        Options are ``session_length_s``, ``labels``, ``site``, ``zone``.
        """
        return str(self._upload(("recordings",), paths, {"round_name": round_name, **options})["job_id"])

    def list_rounds(self) -> Iterator[Json]:
        """List rounds, the newest first."""
        return self._list("rounds", {})

    def get_round(self, round_id: str) -> Json:
        """Get a round."""
        return self._get("rounds", round_id)

    def add_round(self, **fields: Any) -> Json:
        """Add a round; ``name`` and ``labels`` (a list of ``{"name": ...}``) are needed."""
        return self._send("POST", ("rounds",), fields)

    def change_round(self, round_id: str, **changes: Any) -> Json:
        """Change texts, labels or display of a round."""
        return self._send("PATCH", ("rounds", round_id), changes)

    def get_progress(self, round_id: str) -> Json:
        """Count a round's sessions by outcome."""
        return self._get("rounds", round_id, "progress")

    def list_sessions(self, round_id: str) -> list[Json]:
        """List a round's sessions with their outcomes."""
        found: list[Json] = self._get("rounds", round_id, "sessions")["sessions"]
        return found

    def get_session(self, round_id: str, session_id: str) -> Json:
        """Get a session as the editor shows it; times are seconds of the session."""
        return self._get("rounds", round_id, "sessions", session_id)

    def claim(self, round_id: str, *, holder: str, annotator: str, **options: Any) -> Json:
        """Hold the next sessions for a while."""
        return self._send("POST", ("rounds", round_id, "claims"), {"holder": holder, "annotator": annotator, **options})

    def release(self, round_id: str, *, holder: str) -> None:
        """Let go of what a holder holds."""
        self._send("POST", ("rounds", round_id, "claims", "release"), {"holder": holder})

    def submit(self, round_id: str, session_id: str, *, annotator: str, outcome: str, **fields: Any) -> Json:
        """Keep an answer; with your own ``submission_id`` a repeated call is harmless."""
        body = {"submission_id": str(uuid.uuid4()), "annotator": annotator, "outcome": outcome, **fields}
        return self._send("POST", ("rounds", round_id, "sessions", session_id, "submissions"), body)

    def add_review(self, round_id: str, session_id: str, **fields: Any) -> Json:
        """Keep a verdict on an answer: ``submission_id``, ``reviewer``, ``verdict``."""
        path = ("rounds", round_id, "sessions", session_id, "reviews")
        return self._send("POST", path, {"review_id": str(uuid.uuid4()), **fields})

    def list_submissions(self, round_id: str, **filters: str) -> Iterator[Json]:
        """List all answers of a round; filters are ``session_id``, ``annotator``."""
        return self._list(f"rounds/{quote(round_id, safe='')}/submissions", filters)

    def get_submission(self, submission_id: str) -> Json:
        """Get an answer."""
        return self._get("submissions", submission_id)

    def list_reviews(self, round_id: str, **filters: str) -> Iterator[Json]:
        """List the reviews of a round; the filter is ``reviewer``."""
        return self._list(f"rounds/{quote(round_id, safe='')}/reviews", filters)

    def list_prediction_sets(self, round_id: str, **filters: str) -> Iterator[Json]:
        """List the prediction sets of a round; the filter is ``model``."""
        return self._list(f"rounds/{quote(round_id, safe='')}/prediction-sets", filters)

    def get_prediction_set(self, round_id: str, set_id: str) -> Json:
        """Get a prediction set with its boxes."""
        return self._get("rounds", round_id, "prediction-sets", set_id)

    def import_predictions(self, round_id: str, paths: Sequence[str | Path], **options: str) -> Json:
        """Import a model's predictions; options are ``model``, ``label``, ``format``."""
        return self._upload(("rounds", round_id, "predictions", "import"), paths, options)

    def import_annotations(self, round_id: str, paths: Sequence[str | Path], **options: str) -> Json:
        """Import people's annotations; ``annotator`` is needed, ``label`` and ``format`` are options."""
        return self._upload(("rounds", round_id, "annotations", "import"), paths, options)

    def export_round(self, round_id: str, format_name: str) -> bytes:
        """Download a round's annotations as a ZIP archive."""
        return self._fetch("GET", f"{_join('rounds', round_id, 'export')}?{urlencode({'format': format_name})}")

    def list_formats(self) -> list[Json]:
        """List the formats of exports and imports."""
        found: list[Json] = json.loads(self._fetch("GET", _join("formats")))
        return found

    def get_queue_options(self, round_id: str) -> Json:
        """List what a round's sessions can be filtered by."""
        return self._get("rounds", round_id, "queue")

    def list_candidates(self, round_id: str, **filters: str) -> Json:
        """List predictions that wait for a verdict; filters are ``label``, ``order``, ``offset``, ``limit``."""
        found: Json = json.loads(self._fetch("GET", f"{_join('rounds', round_id, 'predictions')}?{urlencode(filters)}"))
        return found

    def give_verdicts(self, round_id: str, *, annotator: str, items: Sequence[Json]) -> Json:
        """Keep verdicts on predictions: each item has ``session_id``, ``prediction_id``, ``verdict``."""
        body = {"verdict_id": str(uuid.uuid4()), "annotator": annotator, "items": list(items)}
        return self._send("POST", ("rounds", round_id, "verdicts"), body)

    def list_jobs(self, **filters: str) -> Iterator[Json]:
        """List jobs, the newest first; filters are ``state``, ``kind``."""
        return self._list("jobs", filters)

    def get_job(self, job_id: str) -> Json:
        """Get a job with its progress."""
        return self._get("jobs", job_id)

    def add_job(self, kind: str, **params: Any) -> str:
        """Put in a job, for example ``release`` with ``params``."""
        return str(self._send("POST", ("jobs",), {"kind": kind, **params})["job_id"])

    def cancel_job(self, job_id: str) -> Json:
        """Cancel a job."""
        return self._send("POST", ("jobs", job_id, "cancel"), {})

    def retry_job(self, job_id: str) -> str:
        """Run a job again as a new one, whose id is returned."""
        return str(self._send("POST", ("jobs", job_id, "retry"), {})["job_id"])

    def wait_for_job(self, job_id: str, *, timeout_s: float = 3600.0, poll_s: float = 0.5) -> Json:
        """Wait until a job has ended, however it did; StorageUnavailable when that takes too long."""
        until = time.monotonic() + timeout_s
        while True:
            job = self.get_job(job_id)
            if job["state"] not in ("queued", "running"):
                return job
            if time.monotonic() > until:
                raise StorageUnavailable(f"Job {job_id} has not ended in {timeout_s:g} s: it is {job['state']}.")
            time.sleep(poll_s)

    def list_releases(self, **filters: str) -> Iterator[Json]:
        """List releases; the filter is ``name``."""
        return self._list("releases", filters)

    def get_release(self, name: str, version: str) -> Json:
        """Get a release with its files."""
        return self._get("releases", name, version)

    def check_release(self, name: str, version: str) -> list[str]:
        """Compare the files of a release with their checksums; returns what is wrong."""
        problems: list[str] = self._get("releases", name, version, "check")["problems"]
        return problems

    def download_release(self, name: str, version: str) -> bytes:
        """Download a release as a ZIP archive."""
        return self._fetch("GET", _join("releases", name, version, "zip"))

    def download_file(self, name: str, version: str, path: str) -> bytes:
        """Download one file of a release."""
        return self._fetch("GET", f"{_join('releases', name, version, 'files')}/{quote(path)}")

    def _list(self, path: str, filters: Mapping[str, str]) -> Iterator[Json]:
        link: str | None = f"/api/v1/{path}?{urlencode({**filters, 'limit': PAGE_ITEMS})}"
        while link:
            page = json.loads(self._fetch("GET", link))
            yield from page["items"]
            link = page["next"]

    def _get(self, *parts: str) -> Json:
        found: Json = json.loads(self._fetch("GET", _join(*parts)))
        return found

    def _send(self, method: str, parts: Sequence[str], body: Json) -> Json:
        data = self._fetch(method, _join(*parts), json.dumps(body).encode(), "application/json")
        answer: Json = json.loads(data) if data else {}
        return answer

    def _upload(self, parts: Sequence[str], paths: Sequence[str | Path], fields: Mapping[str, str]) -> Json:
        mark = uuid.uuid4().hex
        head = f"--{mark}\r\ncontent-disposition: form-data; name="
        body = [f'{head}"{name}"\r\n\r\n{value}\r\n'.encode() for name, value in fields.items()]
        for path in map(Path, paths):
            name = path.name.replace('"', "%22").replace("\r", "").replace("\n", "")
            body += [f'{head}"files"; filename="{name}"\r\n\r\n'.encode(), path.read_bytes(), b"\r\n"]
        data = b"".join([*body, f"--{mark}--\r\n".encode()])
        answer: Json = json.loads(self._fetch("POST", _join(*parts), data, f"multipart/form-data; boundary={mark}"))
        return answer

    def _fetch(self, method: str, path: str, data: bytes | None = None, kind: str = "") -> bytes:
        headers = {**self._headers, **({"content-type": kind} if kind else {})}
        request = urllib.request.Request(f"{self._base_url}{path}", data, headers, method=method)
        for left in reversed(range(TRIES if method == "GET" else 1)):
            try:
                with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:
                    content: bytes = response.read()
                    return content
            except urllib.error.HTTPError as error:
                if error.code < 500 or not left:
                    raise ERRORS.get(error.code, _kind_of(error.code))(_read_reason(error)) from error
            except OSError as error:
                if not left:
                    raise StorageUnavailable(f"{self._base_url} did not answer: {error}") from error
            time.sleep(0.2)
        raise StorageUnavailable(f"{self._base_url} did not answer.")


def _join(*parts: str) -> str:
    return "/api/v1/" + "/".join(quote(part, safe="") for part in parts)


def _kind_of(status: int) -> type[PodcastError]:
    return StorageUnavailable if status >= 500 else PodcastError


def _read_reason(error: urllib.error.HTTPError) -> str:
    text = error.read().decode(errors="replace")
    try:
        return str(json.loads(text)["detail"])
    except (ValueError, KeyError, TypeError):
        return f"The server answered {error.code}: {text[:200]}"
