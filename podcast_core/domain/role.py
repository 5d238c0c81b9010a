"""What a person may do on a server: one of four roles, each of which may also do what those before it may.

Tokens and routes name a role by its scope, people by its name.
"""

from podcast_core.errors import InvalidInput

SCOPES = ("read", "label", "review", "admin")
ROLES = dict(zip(SCOPES, ("viewer", "annotator", "reviewer", "administrator"), strict=True))
"""Names of the roles by scope."""


def includes(scope: str, other: str) -> bool:
    """Tell whether a role may do all that another may."""
    return SCOPES.index(scope) >= SCOPES.index(other)


def to_scope(name: str) -> str:
    """Find the scope of a role by its name or its scope.

    Raises
    ------
    InvalidInput
        When there is no such role.
    """
    for scope, role in ROLES.items():
        if name.strip().lower() in (scope, role):
            return scope
    raise InvalidInput(f"A role is one of {', '.join(ROLES.values())}; found {name[:40]!r}.")


def with_article(scope: str) -> str:
    """Write a role as in "you are an annotator"."""
    return f"{'an' if ROLES[scope][0] in 'a' else 'a'} {ROLES[scope]}"
