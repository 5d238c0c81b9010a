"""How much each person has sent."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    text = sa.Text(collation="C") if op.get_bind().dialect.name == "postgresql" else None
    big = sa.BigInteger() if op.get_bind().dialect.name == "postgresql" else sa.Integer()
    op.create_table(
        "sent",
        sa.Column("person", text or sa.String(80), primary_key=True),
        sa.Column("kind", text or sa.String(160), primary_key=True),
        sa.Column("byte_count", big, nullable=False),
        sa.Column("file_count", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("sent")
