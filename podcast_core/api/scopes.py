"""Which scope a route needs: the one table. A writing route that is not in it needs `admin`, and fails a test."""

import re

# Method, path, scope; the first that fits counts. An empty scope: for everybody.
TABLE: tuple[tuple[str, str, str], ...] = (
    ("POST", r"/api/v1/log(in|out)", ""),
    ("GET", r"/api/v1/tokens", "admin"),
    ("GET", r"/.*", "read"),
    ("HEAD", r"/.*", "read"),
    # Answers, under the name of the token's person (see `Caller.check_name`).
    ("POST", r"/api/v1/rounds/[^/]+/(claims|claims/release|verdicts)", "label"),
    ("POST", r"/api/v1/rounds/[^/]+/sessions/[^/]+/(submissions|reviews|fill-ins(/[^/]+/cancel)?)", "label"),
    ("POST", r"/submit/session/[^/]+/[^/]+", "label"),
    ("POST", r"/api/v1/releases/preview", "read"),  # a question that is too long for an address
    # WhisperSeg's routes; its clients ask for clips by POST.
    ("POST", r"/get-audio-clip-(spec|wav|for-visualization)", "read"),
    ("POST", r"/(list-models-[a-z-]+|get-labels|segment)", "read"),
    ("POST", r"/(upload|upload-by-url|post-annotations(/[^/]+)?|release-audio-given-ids)", "label"),
    ("POST", r"/finetune-whisperseg", "admin"),
    # Rounds, recordings, predictions, jobs, releases, models.
    (
        "(POST|PUT|PATCH|DELETE)",
        r"/api/v1/(rounds|recordings?|predictions|imports|jobs|releases|runs|models|trainings|evaluations|tokens|spectrograms)(/.*)?",
        "admin",
    ),
)

# What takes seconds of a processor or fills the disk; the editor's own calls are not among them.
EXPENSIVE = re.compile(
    r"/api/v1/recordings?/.*spectrogram.*|/upload.*|/get-audio-clip.*|/segment|/finetune.*|/api/v1/(imports|runs|jobs|trainings|evaluations)(/.*)?|.*/(fill-ins|learning-curves)"
)

_RULES = tuple((re.compile(method), re.compile(path, re.DOTALL), scope) for method, path, scope in TABLE)


def find_scope(method: str, path: str) -> str | None:
    """Find the declared scope of a request; None where nothing is declared."""
    for its_method, its_path, scope in _RULES:
        if its_method.fullmatch(method) and its_path.fullmatch(path):
            return scope
    return None
