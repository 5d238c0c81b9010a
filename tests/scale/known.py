"""What is known to work more the larger a round is: to be emptied."""

# Pages and routes, and how many steps of SQLite's machine each session of the round costs them.
GROWING: dict[str, int] = {
    "GET /api/v1/rounds/{round_id}/agreement": 9,
    "GET /api/v1/rounds/{round_id}/candidates?run_id={run_id}&limit=50": 138,
    "GET /api/v1/rounds/{round_id}/predictions?limit=20": 31,
    "GET /api/v1/rounds/{round_id}/predictions?limit=20&label=click": 19,
    "sent claims, no_predictions": 99,
    "sent claims, a day": 2,
    "page Model runs": 2,
}
