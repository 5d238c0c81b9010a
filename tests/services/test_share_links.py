"""Links to the progress of a round: their secrets are kept nowhere, and they open nothing when their time is over."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text, update

from podcast_core.domain.limits import MAX_SHARE_DAYS
from podcast_core.errors import Forbidden, InvalidInput, NotFound, Unauthenticated
from podcast_core.services import access
from podcast_core.services.access import Caller
from podcast_core.services.labels import share_links
from podcast_core.storage.schema import share_links as table
from podcast_core.workspace import Workspace

pytestmark = pytest.mark.usefixtures("round_of_ten")


def expire(workspace: Workspace) -> None:
    with workspace.database.writing() as connection:
        connection.execute(update(table).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))


def test_a_link_opens_its_round_until_it_expires_or_is_revoked(workspace: Workspace) -> None:
    made, secret = share_links.add_link(workspace, round_id="ten", note=" For Ada ", days=3, who="Ann")
    assert (made.note, made.with_names, made.who) == ("For Ada", False, "Ann")
    assert made.expires_at - made.created_at == timedelta(days=3)
    assert share_links.open_link(workspace, secret) == made
    assert share_links.list_links(workspace, round_id="ten") == [made]
    with workspace.database.reading() as connection:
        assert secret.partition("_")[2] not in str(connection.execute(text("SELECT * FROM share_links")).all())
    other, another = share_links.add_link(workspace, round_id="ten")
    assert share_links.revoke_link(workspace, link_id=made.id).revoked_at is not None
    with pytest.raises(Unauthenticated, match="was revoked; ask whoever sent it"):
        share_links.open_link(workspace, secret)
    assert share_links.open_link(workspace, another) == other
    expire(workspace)
    with pytest.raises(Unauthenticated, match="expired on"):
        share_links.open_link(workspace, another)


def test_what_is_no_link_opens_nothing(workspace: Workspace) -> None:
    made, secret = share_links.add_link(workspace, round_id="ten")
    _, other = share_links.add_link(workspace, round_id="ten")
    crossed = f"{made.id}_{other.partition('_')[2]}"
    for wrong in ("", "x", made.id, secret[:-1], f"{secret}x", f" {secret}", crossed, f"podcast_{secret}"):
        with pytest.raises(Unauthenticated, match="not valid here"):
            share_links.open_link(workspace, wrong)
    with pytest.raises(Unauthenticated):
        access.get_token(workspace, text=f"podcast_{secret}")  # no token either


def test_what_cannot_be_is_refused(workspace: Workspace) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        share_links.add_link(workspace, round_id="nowhere")
    for days in (0, MAX_SHARE_DAYS + 1):
        with pytest.raises(InvalidInput, match=f"1 to {MAX_SHARE_DAYS} days"):
            share_links.add_link(workspace, round_id="ten", days=days)
    with pytest.raises(InvalidInput, match="What a link is for"):
        share_links.add_link(workspace, round_id="ten", note="two\nlines")
    with pytest.raises(NotFound, match="no link"):
        share_links.revoke_link(workspace, link_id="0" * 12)


def test_only_administrators_make_and_revoke_links(workspace: Workspace) -> None:
    made, _ = share_links.add_link(workspace, round_id="ten")
    before = access.act_as(Caller("Rita", "review", "t"))
    try:
        with pytest.raises(Forbidden):
            share_links.add_link(workspace, round_id="ten")
        with pytest.raises(Forbidden):
            share_links.revoke_link(workspace, link_id=made.id)
    finally:
        access.act_as_before(before)
