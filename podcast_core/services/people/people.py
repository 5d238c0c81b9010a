"""Who works here: added, renamed, given another role; they leave, and what they said stays.

Each change is an act that is kept for ever. What somebody said under an earlier name counts as said under the present
one; the objects in the store stay as they are.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection

from podcast_core.domain.act import Act, Deed, Subject
from podcast_core.domain.look_alikes import LooksAlike, find_mixed, look_alike
from podcast_core.domain.person import Person, clean_email, clean_name, make_person_id, to_key
from podcast_core.domain.role import ROLES, includes, to_scope
from podcast_core.domain.times import utc_now
from podcast_core.domain.token import Token
from podcast_core.errors import Conflict, NotFound
from podcast_core.services import access
from podcast_core.services.access import needs
from podcast_core.services.store import records
from podcast_core.storage import acts, claims, people, tokens
from podcast_core.storage.database import keep_writers_out
from podcast_core.workspace import Workspace

Changes = Sequence[tuple[Deed, str, str]]  # what was done, what was, and what is
LOCK = "people"  # held by whoever changes who is here


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody, with how many answers they gave (skips, too) and when a token or browser of theirs was last used."""

    person: Person
    answers: int
    seen_at: datetime | None


def list_people(workspace: Workspace) -> list[Known]:
    """List all people by name, those who have left, too."""
    with workspace.database.reading() as connection:
        answers, seen = people.count_answers(connection), people.list_last_seen(connection)
        return [
            Known(
                each,
                sum(answers.get(name, 0) for name in (each.name, *each.names)),
                max((seen[name] for name in (each.name, *each.names) if name in seen), default=None),
            )
            for each in people.list_people(connection)
        ]


def get_person(workspace: Workspace, *, person_id: str) -> Person:
    """Get somebody; NotFound when there is nobody of this id."""
    with workspace.database.reading() as connection:
        return _get(connection, person_id)


@needs("admin")
def add_person(
    workspace: Workspace,
    *,
    name: str,
    scope: str = "label",
    email: str = "",
    who: str,
    act_id: str = "",
    insist: bool = False,
) -> Person:
    """Add somebody. With an e-mail address they can come in by the login of a provider that vouches for it.

    Answers that are there under this name are theirs from now on. A second try with the same ``act_id`` is harmless.

    Raises
    ------
    InvalidInput
        When name, role or address cannot be.
    LooksAlike
        When people would take the name for somebody else's, unless whoever adds it does ``insist``.
    Conflict
        When somebody has, or had, this name or has this address; or the id was used before for something else.
    """
    with workspace.database.holding(LOCK):
        return register(workspace, name=name, scope=scope, email=email, who=who, act_id=act_id, insist=insist)


@needs("admin")
def give_token(
    workspace: Workspace, *, person: str, scope: str = "label", days: int = 90, who: str
) -> tuple[Token, str]:
    """Make a token for somebody, who is added if they are new, and get its role if that may do more than theirs.

    Errors as `access.create_token`; Conflict when they have left.
    """
    scope, name = to_scope(scope), clean_name(person)
    access.check_days(days)
    with workspace.database.holding(LOCK):
        with workspace.database.reading() as connection:
            known = find_named(people.list_people(connection), name)
        if known is None:
            known = register(workspace, name=name, scope=scope, who=who)
        elif known.left_at is not None:
            raise Conflict(f"{known.name} has left; let them in again first.")
        elif not includes(known.scope, scope):
            known = _record(workspace, known, [(Deed.SET_ROLE, known.scope, scope)], who)
        return access.create_token(workspace, person=known.name, scope=scope, days=days)


@needs("admin")
def rename_person(
    workspace: Workspace, *, person_id: str, name: str, who: str, act_id: str = "", insist: bool = False
) -> Person:
    """Give somebody another name, in all that they said. A second try with the same ``act_id`` is harmless.

    Raises
    ------
    NotFound
        When there is nobody of this id.
    InvalidInput
        When the name cannot be one.
    LooksAlike
        When people would take the name for somebody else's, unless whoever gives it does ``insist``.
    Conflict
        When somebody else has or had it, or there are answers under it: two people are never made one; or the id was
        used before for something else.
    """
    name = clean_name(name)

    def plan(connection: Connection, known: Person) -> Changes:
        _check_name_free(connection, name, known, insist=insist)
        return [(Deed.RENAME_PERSON, known.name, name)] if name != known.name else []

    return _change(workspace, person_id, (Deed.RENAME_PERSON, name), plan, who, act_id)


@needs("admin")
def set_role(workspace: Workspace, *, person_id: str, scope: str, who: str, act_id: str = "") -> Person:
    """Give somebody another role at once; their tokens that allowed as much as the role before follow.

    A second try with the same ``act_id`` is harmless.

    Raises
    ------
    NotFound
        When there is nobody of this id.
    InvalidInput
        When there is no such role.
    Conflict
        When nobody would be an administrator any more, or the id was used before for something else.
    """
    scope = to_scope(scope)

    def plan(connection: Connection, known: Person) -> Changes:
        if scope != "admin":
            _check_not_last(connection, known)
        return [(Deed.SET_ROLE, known.scope, scope)] if scope != known.scope else []

    return _change(workspace, person_id, (Deed.SET_ROLE, scope), plan, who, act_id)


@needs("admin")
def set_email(workspace: Workspace, *, person_id: str, email: str, who: str, act_id: str = "") -> Person:
    """Say by which e-mail address somebody comes in with a provider's login; empty: by none.

    Who came in by the address before does so no more: the login that was linked to it is forgotten. A second try with
    the same ``act_id`` is harmless.

    Raises
    ------
    NotFound
        When there is nobody of this id.
    InvalidInput
        When it is no address.
    Conflict
        When somebody else has it, or the id was used before for something else.
    """
    email = clean_email(email) if email.strip() else ""

    def plan(connection: Connection, known: Person) -> Changes:
        _check_email_free(connection, email, known)
        if email == known.email:
            return []
        return [(Deed.SET_EMAIL, known.email, email), *([(Deed.LINK_LOGIN, known.login, "")] if known.login else [])]

    return _change(workspace, person_id, (Deed.SET_EMAIL, email), plan, who, act_id)


@needs("admin")
def leave(workspace: Workspace, *, person_id: str, who: str, act_id: str = "") -> Person:
    """Let somebody in no more, by whatever way; what they said stays, under their name.

    A second try with the same ``act_id`` is harmless.

    Raises
    ------
    NotFound
        When there is nobody of this id.
    Conflict
        When nobody would be an administrator any more, or the id was used before for something else.
    """

    def plan(connection: Connection, known: Person) -> Changes:
        _check_not_last(connection, known)
        return [(Deed.LEAVE, "", "")] if known.left_at is None else []

    return _change(workspace, person_id, (Deed.LEAVE, ""), plan, who, act_id)


@needs("admin")
def bring_back(workspace: Workspace, *, person_id: str, who: str, act_id: str = "") -> Person:
    """Let somebody in again who had left: with tokens that are still valid, or a new login. Errors as `leave`."""

    def plan(_: Connection, known: Person) -> Changes:
        return [(Deed.RETURN, "", "")] if known.left_at is not None else []

    return _change(workspace, person_id, (Deed.RETURN, ""), plan, who, act_id)


def adopt_holders(workspace: Workspace) -> None:
    """Add the people whose tokens are older than this table of people, with the most that one of them allows."""
    with workspace.database.reading() as connection:
        known, now = people.list_people(connection), datetime.now(UTC)
        valid = [each for each in tokens.list_tokens(connection) if each.is_valid(now)]
    for token in sorted(valid, key=lambda each: list(ROLES).index(each.scope), reverse=True):
        if find_named(known, token.person) is None:
            with workspace.database.holding(LOCK):
                with workspace.database.reading() as connection:
                    known = people.list_people(connection)
                if find_named(known, token.person) is None:
                    known.append(register(workspace, name=token.person, scope=token.scope, who=token.person))


def register(
    workspace: Workspace,
    *,
    name: str,
    scope: str,
    email: str = "",
    login: str = "",
    who: str = "",
    is_new: bool = False,
    act_id: str = "",
    insist: bool = False,
) -> Person:
    """Add somebody, whose name `LOCK` is held; ``is_new``: nobody may have said anything under this name.

    Errors as `add_person`; Conflict where there are answers under a name that must be new.
    """
    name, scope = clean_name(name), to_scope(scope)
    email = clean_email(email) if email.strip() else ""
    person_id = make_person_id(name)
    wanted = [(Deed.ADD_PERSON, name), (Deed.SET_ROLE, scope), *([(Deed.SET_EMAIL, email)] if email else [])]
    with workspace.database.reading() as connection:
        if _is_done(connection, act_id, person_id, wanted):
            return _get(connection, person_id)
        _check_name_free(connection, name, None, is_new=is_new, insist=insist)
        _check_email_free(connection, email, None)
    changes = [(deed, "", new) for deed, new in wanted]
    changes += [(Deed.LINK_LOGIN, "", login)] if login else []
    return _record(workspace, Person(person_id, name, utc_now()), changes, who or name, act_id)


def link_login(workspace: Workspace, known: Person, login: str) -> Person:
    """Remember who somebody is to a provider; the name `LOCK` is held."""
    return _record(workspace, known, [(Deed.LINK_LOGIN, known.login, login)], known.name)


def find_named(known: Sequence[Person], name: str) -> Person | None:
    """Find who has or had a name, whatever its case and spaces are."""
    key = to_key(name)
    return next((each for each in known if key in map(to_key, (each.name, *each.names))), None)


def _change(
    workspace: Workspace,
    person_id: str,
    wanted: tuple[Deed, str],
    plan: Callable[[Connection, Person], Changes],
    who: str,
    act_id: str,
) -> Person:
    """Change something about somebody, unless the act was done before, or ``plan`` says that nothing changes."""
    with workspace.database.holding(LOCK):
        with workspace.database.reading() as connection:
            known = _get(connection, person_id)
            changes = [] if _is_done(connection, act_id, known.id, [wanted]) else plan(connection, known)
        return _record(workspace, known, changes, who, act_id) if changes else known


def _is_done(connection: Connection, act_id: str, person_id: str, wanted: Sequence[tuple[Deed, str]]) -> bool:
    """Tell whether an act was done before; Conflict when something else was, under its id."""
    if not act_id:
        return False
    known = {each.id: each for each in acts.list_acts(connection, "")}
    found = [known.get(f"{act_id}-{number}") for number in range(len(wanted))]
    done = [(each.subject.person, each.deed, each.new) for each in found if each is not None]
    if done and done != [(person_id, *each) for each in wanted]:
        raise Conflict(f"Act id {act_id[:80]!r} was used before, for something else. Nothing was changed.")
    return bool(done)


def _record(workspace: Workspace, known: Person, changes: Changes, who: str, act_id: str = "") -> Person:
    """Keep acts about somebody, and apply them; their tokens and browsers follow.

    Without an id of its own, what changes has one that follows from what it is and how much has changed before: a
    second try, after one that was cut off between store and database, finds the object of the first.
    """
    now, subject = utc_now(), Subject(person=known.id)
    with workspace.database.reading() as connection:
        known_acts = {each.id for each in acts.list_acts(connection, "") if each.subject.person == known.id}
    content = hashlib.sha256(repr([(deed.value, new) for deed, _, new in changes]).encode()).hexdigest()
    prefix = act_id or f"{known.id}-{len(known_acts)}-{content[:16]}"
    new = [
        Act(f"{prefix}-{number}", deed, subject, who, old, said, now)
        for number, (deed, old, said) in enumerate(changes)
    ]
    kept = [records.save_act(workspace.files, act) for act in new]
    with workspace.database.writing() as connection:
        if any(act.deed is Deed.RENAME_PERSON for act in kept):
            keep_writers_out(connection)  # nobody writes the old name while it is being replaced
        acts.add_acts(connection, [act for act in kept if act.id not in known_acts])
        person = _get(connection, known.id)
        tokens.change_scope(connection, person.name, known.scope, person.scope)
        if person.left_at is not None:
            claims.end_all_claims(connection, person.name)
        if person.left_at is not None or (known.login and person.login != known.login):
            tokens.end_logins(connection, person.name)
    if [(act.deed, act.new) for act in kept] != [(act.deed, act.new) for act in new]:
        raise Conflict(f"Act id {act_id[:80]!r} was used before, for something else. Nothing was changed.")
    return person


def _get(connection: Connection, person_id: str) -> Person:
    found = next((each for each in people.list_people(connection) if each.id == person_id), None)
    if found is None:
        raise NotFound(f"There is nobody with the id {person_id[:80]!r}.")
    return found


def _check_name_free(
    connection: Connection, name: str, known: Person | None, *, is_new: bool = False, insist: bool = False
) -> None:
    """Refuse a name that somebody else has or had, or under which somebody else has said something."""
    here = people.list_people(connection)
    owner = find_named(here, name)
    if owner is not None and (known is None or owner.id != known.id):
        if to_key(owner.name) != to_key(name):
            raise Conflict(
                f"{owner.name} had the name {name!r} before, and earlier names stay with their people, with all that "
                "was said under them. Choose another one."
            )
        raise Conflict(f"Somebody here has the name {name!r}. Choose another one.")
    key, used = to_key(name), _list_used(connection)
    if owner is None and (known is not None or is_new) and any(to_key(each) == key for each in used):
        raise Conflict(f"There are answers by {name!r} already, so that it is somebody's name. Choose another one.")
    if insist or owner is not None:
        return
    own = (known.name, *known.names) if known else ()
    others = {*used, *(each for person in here for each in (person.name, *person.names))}
    alike = next(
        (each for each in sorted(others) if each not in own and key != to_key(each) and look_alike(name, each)), ""
    )
    if alike:
        raise LooksAlike(f"{name!r} looks like the name {alike!r}, which is there already. Choose another one.")
    if mixed := find_mixed(name):
        raise LooksAlike(f"A word of the name {name!r} mixes letters of two alphabets: {mixed}. Choose another one.")


def _list_used(connection: Connection) -> list[str]:
    return [name for name, count in people.count_answers(connection).items() if count]


def _check_email_free(connection: Connection, email: str, known: Person | None) -> None:
    owner = next((each for each in people.list_people(connection) if email and each.email == email), None)
    if owner is not None and (known is None or owner.id != known.id):
        raise Conflict(f"{owner.name} has the e-mail address {email!r} already.")


def _check_not_last(connection: Connection, known: Person) -> None:
    """Refuse to take the role from the last administrator."""
    here = [each for each in people.list_people(connection) if each.left_at is None and each.scope == "admin"]
    if [each.id for each in here] == [known.id]:
        raise Conflict(f"{known.name} is the only administrator. Make somebody else one first.")
