"""Where the line per request goes that `guard` writes; without a setting nowhere."""

import logging
import time
from logging.handlers import RotatingFileHandler
from pathlib import Path

from podcast_core.errors import InvalidInput

REQUESTS = "podcast_core.requests"  # the name of the logger
MAX_BYTES, KEPT = 10_000_000, 5  # of one file, and how many older ones stay: 60 MB in all


def open_request_log(where: str) -> None:
    """Send the log to a file, which is continued, or to ``stderr``; empty: leave it as it is.

    Raises
    ------
    InvalidInput
        When the file cannot be written.
    """
    if not where:
        return
    handler: logging.Handler = logging.StreamHandler()
    if where != "stderr":
        try:
            Path(where).parent.mkdir(parents=True, exist_ok=True)
            handler = RotatingFileHandler(where, maxBytes=MAX_BYTES, backupCount=KEPT, encoding="utf-8")
        except OSError as error:
            raise InvalidInput(f"PODCAST_REQUEST_LOG: the file {where!r} cannot be written: {error}.") from error
    form = logging.Formatter("%(asctime)s.%(msecs)03dZ %(message)s", "%Y-%m-%dT%H:%M:%S")
    form.converter = time.gmtime
    handler.setFormatter(form)
    log = logging.getLogger(REQUESTS)
    for old in log.handlers[:]:
        log.removeHandler(old)
        old.close()
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False  # said once
