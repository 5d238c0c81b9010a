"""Medians of effort are found by size first: sums are worked out by the newest code when all migrations are done."""

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""


def downgrade() -> None:
    """Go back."""
