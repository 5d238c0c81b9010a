"""What is known to work more the larger a round is: to be emptied."""

# Pages and routes, and how many steps of SQLite's machine each session of the round costs them.
GROWING: dict[str, int] = {
    "GET /api/v1/rounds/{round_id}/agreement": 9,
    "GET /api/v1/rounds/{round_id}/candidates?run_id={run_id}&limit=50": 352,
    "GET /api/v1/rounds/{round_id}/export/preview?format=raven": 1305,
    "GET /api/v1/rounds/{round_id}/predictions?limit=20": 45,
    "GET /api/v1/rounds/{round_id}/predictions?limit=20&label=click": 33,
    "GET /api/v1/rounds/{round_id}/sessions?limit=50&open=true": 2,
    "GET /api/v1/rounds/{round_id}/statistics": 4,
    "GET /api/v1/rounds/{round_id}/submissions?limit=50&annotator=Bo": 3,
    "GET /api/v1/runs": 10,
    "GET /api/v1/runs/{run_id}": 10,
    "GET /api/v1/runs/{run_id}/boxes?limit=50": 4,
    "GET /api/v1/runs/{run_id}/sessions?limit=50": 55,
    "sent claims, gain": 3,
    "sent claims, no_predictions": 156,
    "sent claims, a day": 2,
    "sent PATCH": 35,
    "page Progress": 4,
    "page Model runs": 121,
    "page Candidates": 396,
    "page Candidates of a run": 403,
}
