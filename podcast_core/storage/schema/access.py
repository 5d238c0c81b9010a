"""Who may come in, and what they hold and have sent."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Integer,
    Table,
)

from podcast_core.storage.schema.base import UtcDateTime, metadata, person, text

# Personal access tokens. What is secret in one is not here: only its digest.
tokens = Table(
    "tokens",
    metadata,
    Column("id", text(16), primary_key=True),
    person("person"),
    Column("scope", text(20), nullable=False),
    Column("digest", text(64), nullable=False, unique=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("last_used_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
)

# Browsers in which somebody logged in: with a token, or (no token, but a name) by an invitation or a provider. The
# cookie's secret is not here: only its digest.
logins = Table(
    "logins",
    metadata,
    Column("digest", text(64), primary_key=True),
    Column("token_id", text(16), nullable=False, index=True),
    Column("expires_at", UtcDateTime, nullable=False),
    person("person", server_default="", index=True),
    Column("last_used_at", UtcDateTime),
)

# Links by which people come in. What is secret in one is not here: only its digest.
invitations = Table(
    "invitations",
    metadata,
    Column("id", text(16), primary_key=True),
    Column("digest", text(64), nullable=False),
    Column("scope", text(20), nullable=False),
    person("person"),  # whom it is for; empty: whoever has it, under a new name
    Column("uses_left", Integer, nullable=False),
    Column("login_days", Integer, nullable=False),
    person("made_by"),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
)

# Who is here: follows from the acts.
people = Table(
    "people",
    metadata,
    Column("id", text(36), primary_key=True),
    Column("name", text(80), nullable=False),
    Column("scope", text(20), nullable=False),
    Column("email", text(254), nullable=False, index=True),
    Column("login", text(600), nullable=False, index=True),
    Column("names", JSON, nullable=False),
    Column("joined_at", UtcDateTime, nullable=False),
    Column("left_at", UtcDateTime),
)

# The names of all people, those that they had before, too.
person_names = Table(
    "person_names",
    metadata,
    Column("name", text(80), primary_key=True),
    Column("key", text(320), nullable=False, index=True),  # the same for all ways to type a name
    Column("person_id", text(36), nullable=False),
)

# Links to the progress of one round, for somebody without a token. The secret is not here: only its digest.
share_links = Table(
    "share_links",
    metadata,
    Column("id", text(16), primary_key=True),
    Column("round_id", text(120), nullable=False, index=True),
    Column("note", text(120), nullable=False),
    Column("with_names", Boolean, nullable=False),
    Column("digest", text(64), nullable=False, unique=True),
    person("who"),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
)

# Handles that clients of WhisperSeg's audio backend hold on a channel of a recording, for as long as they use them.
# No foreign key: as leases they outlive the moment in which a rebuild has removed the recordings.
audio_ids = Table(
    "audio_ids",
    metadata,
    Column("id", text(36), primary_key=True),
    Column("recording_id", text(16), nullable=False),
    Column("channel", Integer, nullable=False),
    Column("used_at", UtcDateTime, nullable=False, index=True),
)

# How much each person has sent, by kind; "" is whoever needs no token.
sent = Table(
    "sent",
    metadata,
    person("person", primary_key=True),
    Column("kind", text(160), primary_key=True),
    Column("byte_count", Integer().with_variant(BigInteger, "postgresql"), nullable=False),
    Column("file_count", Integer, nullable=False),
)
