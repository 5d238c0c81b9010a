"""What is known to work more the larger a round is: to be emptied."""

# Pages and routes, and how many steps of SQLite's machine each session of the round costs them.
# Of Progress: there are sums of each hour with recordings and each day with answers, and the larger of the two rounds
# has four times as many hours and days. In 100,000 sessions each figure takes 0.3 s (`benchmarks/review.py`).
GROWING: dict[str, int] = {
    "page Annotations": 39,  # counts boxes up to 10,000, or for 0.3 s: see `storage.annotation_search.count`
    "GET /api/v1/rounds/{round_id}/progress/activity": 8,
    "GET /api/v1/rounds/{round_id}/progress/burn-up": 2,
    "GET /api/v1/rounds/{round_id}/progress/coverage": 4,
    "GET /api/v1/rounds/{round_id}/progress/speed": 9,
    "GET /api/v1/rounds/{round_id}/statistics": 2,
    "page Progress": 2,
    # Looks through calls of each label to choose from all of the round: through a fixed number, no further.
    "GET /api/v1/rounds/{round_id}/figure.{format}": 75,
    "page Figure, calls by label": 76,
    # People's reliability is learnt from up to 3,000 sessions, and kept: `services.labels.adjudication`.
    "page Adjudicate, one session": 25,
    # Up to the newest 500 reviews, and 92 days: no further.
    "GET /api/v1/work": 2,
    "page My work": 2,
}
