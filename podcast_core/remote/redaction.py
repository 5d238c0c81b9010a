"""Addresses without what is secret in them: a password before the host, a signature or key behind the question mark.

A job keeps the address that it was given, since it must fetch from it; people and programs see it by these functions.
"""

import re
from typing import Any
from urllib.parse import urlsplit, urlunsplit

HIDDEN = "…"
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s'\"<>]+")


def redact(text: str) -> str:
    """Hide what is secret in the addresses of a text: user names, passwords, and the values of their parameters."""
    return _ADDRESS.sub(lambda found: _redact_address(found[0]), text) if "://" in text else text


def redact_values(value: Any) -> Any:
    """Hide what is secret in all texts of a JSON value."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {redact_values(name): redact_values(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [redact_values(each) for each in value]
    return value


def _redact_address(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:  # no address after all, but perhaps somebody's secret
        return f"{address.partition('://')[0]}://{HIDDEN}"
    user, at, place = parts.netloc.rpartition("@")
    netloc = f"{HIDDEN}@{place}" if at and user else place
    query = "&".join(f"{each.partition('=')[0]}={HIDDEN}" if "=" in each else HIDDEN for each in parts.query.split("&"))
    return urlunsplit(
        (parts.scheme, netloc, parts.path, query if parts.query else "", HIDDEN if parts.fragment else "")
    )
