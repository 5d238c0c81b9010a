"""What was and is of an act may be longer: of a person it is a document. PostgreSQL has never limited it."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None
NAMES = ("old", "new")


def upgrade() -> None:
    """Go forward."""
    _alter(80, 600)


def downgrade() -> None:
    """Go back."""
    _alter(600, 80)


def _alter(before: int, after: int) -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    with op.batch_alter_table("acts") as acts:
        for name in NAMES:
            acts.alter_column(name, existing_type=sa.String(before), type_=sa.String(after), existing_nullable=False)
