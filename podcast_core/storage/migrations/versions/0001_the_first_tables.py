"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "recordings",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sample_rate_hz", sa.Integer(), nullable=False),
        sa.Column("channel_count", sa.Integer(), nullable=False),
        sa.Column("frame_count", sa.Integer(), nullable=False),
        sa.Column("encoding", sa.String(length=40), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("start_method", sa.String(length=40), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sha256"),
    )
    op.create_table(
        "rounds",
        sa.Column("id", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("instructions", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("site_url", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "prediction_sets",
        sa.Column("id", sa.String(length=120), nullable=False),
        sa.Column("round_id", sa.String(length=120), nullable=False),
        sa.Column("model", sa.String(length=120), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["rounds.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("prediction_sets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_prediction_sets_round_id"), ["round_id"], unique=False)

    op.create_table(
        "sessions",
        sa.Column("round_id", sa.String(length=120), nullable=False),
        sa.Column("id", sa.String(length=120), nullable=False),
        sa.Column("recording_id", sa.String(length=16), nullable=False),
        sa.Column("channel", sa.Integer(), nullable=False),
        sa.Column("start_s", sa.Float(precision=53), nullable=False),
        sa.Column("end_s", sa.Float(precision=53), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("claim_holder", sa.String(length=120), nullable=True),
        sa.Column("claim_annotator", sa.String(length=80), nullable=True),
        sa.Column("claim_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["recording_id"],
            ["recordings.id"],
        ),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["rounds.id"],
        ),
        sa.PrimaryKeyConstraint("round_id", "id"),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sessions_recording_id"), ["recording_id"], unique=False)
        batch_op.create_index("ix_sessions_round_position", ["round_id", "position"], unique=False)

    op.create_table(
        "predictions",
        sa.Column("id", sa.String(length=120), nullable=False),
        sa.Column("set_id", sa.String(length=120), nullable=False),
        sa.Column("round_id", sa.String(length=120), nullable=False),
        sa.Column("session_id", sa.String(length=120), nullable=False),
        sa.Column("start_s", sa.Float(precision=53), nullable=False),
        sa.Column("end_s", sa.Float(precision=53), nullable=False),
        sa.Column("low_hz", sa.Float(precision=53), nullable=True),
        sa.Column("high_hz", sa.Float(precision=53), nullable=True),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("score", sa.Float(precision=53), nullable=True),
        sa.ForeignKeyConstraint(
            ["round_id", "session_id"],
            ["sessions.round_id", "sessions.id"],
        ),
        sa.ForeignKeyConstraint(
            ["set_id"],
            ["prediction_sets.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("predictions", schema=None) as batch_op:
        batch_op.create_index("ix_predictions_session", ["round_id", "session_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_predictions_set_id"), ["set_id"], unique=False)

    op.create_table(
        "submissions",
        sa.Column("id", sa.String(length=120), nullable=False),
        sa.Column("round_id", sa.String(length=120), nullable=False),
        sa.Column("session_id", sa.String(length=120), nullable=False),
        sa.Column("annotator", sa.String(length=80), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("base_revision", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id", "session_id"],
            ["sessions.round_id", "sessions.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("submissions", schema=None) as batch_op:
        batch_op.create_index("ix_submissions_session", ["round_id", "session_id"], unique=False)

    op.create_table(
        "annotations",
        sa.Column("submission_id", sa.String(length=120), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("start_s", sa.Float(precision=53), nullable=False),
        sa.Column("end_s", sa.Float(precision=53), nullable=False),
        sa.Column("low_hz", sa.Float(precision=53), nullable=True),
        sa.Column("high_hz", sa.Float(precision=53), nullable=True),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.Column("prediction_id", sa.String(length=120), nullable=True),
        sa.Column("score", sa.Float(precision=53), nullable=True),
        sa.Column("model", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["prediction_id"],
            ["predictions.id"],
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submissions.id"],
        ),
        sa.PrimaryKeyConstraint("submission_id", "position"),
    )
    op.create_table(
        "rejections",
        sa.Column("submission_id", sa.String(length=120), nullable=False),
        sa.Column("prediction_id", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["prediction_id"],
            ["predictions.id"],
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submissions.id"],
        ),
        sa.PrimaryKeyConstraint("submission_id", "prediction_id"),
    )
    op.create_table(
        "reviews",
        sa.Column("id", sa.String(length=120), nullable=False),
        sa.Column("submission_id", sa.String(length=120), nullable=False),
        sa.Column("reviewer", sa.String(length=80), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("corrected_id", sa.String(length=120), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["corrected_id"],
            ["submissions.id"],
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submissions.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("reviews", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reviews_submission_id"), ["submission_id"], unique=False)


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("reviews", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reviews_submission_id"))

    op.drop_table("reviews")
    op.drop_table("rejections")
    op.drop_table("annotations")
    with op.batch_alter_table("submissions", schema=None) as batch_op:
        batch_op.drop_index("ix_submissions_session")

    op.drop_table("submissions")
    with op.batch_alter_table("predictions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_predictions_set_id"))
        batch_op.drop_index("ix_predictions_session")

    op.drop_table("predictions")
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_index("ix_sessions_round_position")
        batch_op.drop_index(batch_op.f("ix_sessions_recording_id"))

    op.drop_table("sessions")
    with op.batch_alter_table("prediction_sets", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_prediction_sets_round_id"))

    op.drop_table("prediction_sets")
    op.drop_table("rounds")
    op.drop_table("recordings")
