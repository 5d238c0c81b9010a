"""People, with the names that they had, follow from acts; invitations; logins without a token."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"

    def text(length: int) -> sa.types.TypeEngine[str]:
        return sa.Text(collation="C") if is_postgresql else sa.String(length)

    def at(name: str, *, nullable: bool = False) -> sa.Column[object]:
        return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)

    op.add_column("acts", sa.Column("person", text(36), nullable=False, server_default=""))
    op.create_index("ix_acts_person", "acts", ["person"])
    op.add_column("logins", sa.Column("person", text(80), nullable=False, server_default=""))
    op.add_column("logins", at("last_used_at", nullable=True))
    op.create_index("ix_logins_person", "logins", ["person"])
    op.create_table(
        "invitations",
        sa.Column("id", text(16), primary_key=True),
        sa.Column("digest", text(64), nullable=False),
        sa.Column("scope", text(20), nullable=False),
        sa.Column("person", text(80), nullable=False),
        sa.Column("uses_left", sa.Integer, nullable=False),
        sa.Column("login_days", sa.Integer, nullable=False),
        sa.Column("made_by", text(80), nullable=False),
        at("created_at"),
        at("expires_at"),
        at("revoked_at", nullable=True),
    )
    op.create_table(
        "people",
        sa.Column("id", text(36), primary_key=True),
        sa.Column("name", text(80), nullable=False),
        sa.Column("scope", text(20), nullable=False),
        sa.Column("email", text(254), nullable=False),
        sa.Column("login", text(600), nullable=False),
        sa.Column("names", sa.JSON, nullable=False),
        at("joined_at"),
        at("left_at", nullable=True),
    )
    op.create_index("ix_people_email", "people", ["email"])
    op.create_index("ix_people_login", "people", ["login"])
    op.create_table(
        "person_names",
        sa.Column("name", text(80), primary_key=True),
        sa.Column("key", text(320), nullable=False),
        sa.Column("person_id", text(36), nullable=False),
    )
    op.create_index("ix_person_names_key", "person_names", ["key"])


def downgrade() -> None:
    """Go back; who logged in without a token logs in anew."""
    for table in ("person_names", "people", "invitations"):
        op.drop_table(table)
    op.execute("DELETE FROM logins WHERE person <> ''")
    op.drop_index("ix_logins_person", "logins")
    op.drop_index("ix_acts_person", "acts")
    for table, column in (("logins", "person"), ("logins", "last_used_at"), ("acts", "person")):
        with op.batch_alter_table(table) as batch:
            batch.drop_column(column)
