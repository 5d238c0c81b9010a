"""What may be asked for at most, and what is meant where nothing is said: services keep to it, the wire tells it."""

MAX_FILL_IN_BOXES, MAX_FILL_IN_AREAS = 5_000, 100  # chosen: more than a person draws in one session
MAX_FOUND = 100_000
"""Clips that a search finds."""
QUICK_CHECK_MEMBERS, QUICK_CHECK_FARTHEST, MAX_QUICK_CHECK = 5, 8, 100
HEARD_PER_BIN, MAX_PER_BIN = 25, 200
"""Clips of each range of scores that are heard to count calls."""
MAX_STRATA_BINS = 50  # ranges of scores; chosen: clips of each are to be heard
DEFAULT_EMBEDDER = "three-views"
MIN_KEPT_SCORE = 0.05
"""Of what a model run finds."""
MAX_EPOCHS = 100_000  # chosen: only that a slip of the finger is found
DEFAULT_CURVE_BUDGET_S = 30.0
"""Of a processor, for each training of a learning curve."""
MAX_SHARE_DAYS, SHARE_DAYS = 366, 30  # chosen: a project's year; a link that is forgotten does not stay open for ever
MAX_TOKEN_DAYS = 3660  # ten years
