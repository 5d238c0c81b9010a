"""How Alembic runs here: inside the transaction that `Database.migrate` opened."""

from typing import Any, Literal

from alembic import context

from podcast_core.storage.deriving import remake
from podcast_core.storage.schema import IdList, UtcDateTime, metadata
from podcast_core.storage.triggers import create_triggers


def _render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our own column type as the one it is stored as: a migration outlives the code of its day."""
    if kind == "type" and isinstance(item, IdList):
        return "sa.Text()"
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_item=_render,
    render_as_batch=True,  # SQLite cannot alter most things in place
    transactional_ddl=False,  # the caller's transaction is the only one
)
context.run_migrations()
_connection = context.config.attributes["connection"]
if set(context.get_context().get_current_heads()) == set(context.get_head_revisions() or ()):
    create_triggers(_connection)
    remake(_connection)  # what is derived is worked out by the newest code only
