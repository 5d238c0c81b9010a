"""Judging answers needs a role of its own, between annotator and administrator; who could do it still can."""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward: the tokens of before were for both."""
    op.execute("UPDATE tokens SET scope = 'review' WHERE scope = 'label'")


def downgrade() -> None:
    """Go back."""
    op.execute("UPDATE tokens SET scope = 'label' WHERE scope = 'review'")
