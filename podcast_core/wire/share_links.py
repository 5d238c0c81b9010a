"""Links by which somebody without a token sees the progress of one round; for admins."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from podcast_core.domain.limits import MAX_SHARE_DAYS, SHARE_DAYS
from podcast_core.wire.base import Body, Shape


class ShareLink(Shape):
    """A link without its secret, which nobody can show again; `note` says for whom it is."""

    id: str
    round_id: str
    note: str
    with_names: bool
    who: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class NewShareLink(ShareLink):
    """A link with its address, relative to the app, shown this once."""

    path: str


class ShareLinkIn(Body):
    """For whom, until when, and whether annotators are named."""

    note: Annotated[str, Field(max_length=120)] = ""
    days: Annotated[int, Field(ge=1, le=MAX_SHARE_DAYS)] = SHARE_DAYS
    with_names: bool = False
