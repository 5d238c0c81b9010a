"""People: who may use this server, as what, and how they come in; for administrators."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from urllib.parse import urljoin

import streamlit as st

from pages.shared.state import annotator, get_workspace, visitor
from pages.shared.words import escape
from podcast_core.domain.limits import MAX_TOKEN_DAYS
from podcast_core.domain.look_alikes import LooksAlike
from podcast_core.domain.role import ROLES, with_article
from podcast_core.errors import PodcastError
from podcast_core.services import access
from podcast_core.services.access import Caller
from podcast_core.services.people import invitations, people
from podcast_core.services.people.people import Known

TABLE = "people_table"
ALIKE = "people_alike"  # a name was refused because it looks like another one


def attempt(act: Callable[[], object], said: str = "") -> None:
    """Do something and draw the page anew, or say why it cannot be."""
    try:
        act()
    except LooksAlike as error:
        st.session_state[ALIKE] = True
        st.error(f"{error} Or tick the box above to have it all the same.", icon=":material/error:")
        return
    except PodcastError as error:
        st.error(str(error), icon=":material/error:")
        return
    st.session_state.pop(ALIKE, None)
    if said:
        st.toast(said)
    st.rerun()


def ask_insist(key: str) -> bool:
    """Ask whether a name that looks like another one is wanted all the same, once one was refused."""
    return bool(st.session_state.get(ALIKE) and st.checkbox("Have this name although it looks like another", key=key))


def show_people() -> None:
    """Show who is here; a click on a row leads to what can be changed."""
    known = people.list_people(get_workspace())
    if known:
        gone = sum(each.person.left_at is not None for each in known)
        here = len(known) - gone
        st.caption(f"{here:,} {'person' if here == 1 else 'people'} here{f', {gone:,} left' if gone else ''}.")
        show_table(known)
    else:
        st.info("Nobody has been added yet. Add yourself first, as an administrator, then create a token for yourself.")
    chosen = st.session_state.get(TABLE, {}).get("selection", {}).get("rows", []) if known else []
    if chosen and chosen[0] < len(known):
        show_person(known[chosen[0]])
    elif known:
        st.caption("Select a person to rename them, change their role, or mark them as left.")
    with st.form("new_person", clear_on_submit=True):
        st.markdown("**Add a person**")
        columns = st.columns([3, 3, 2])
        name = columns[0].text_input("Name", max_chars=80, help="Answers are recorded under this name.")
        email = columns[1].text_input(
            "E-mail (optional)", help="With it they can log in by your provider (OpenID Connect), if one is set up."
        )
        role = columns[2].selectbox("Role", list(ROLES), index=1, format_func=ROLES.__getitem__, key="new_role")
        insist = ask_insist("insist_new")
        if st.form_submit_button("Add person"):
            told = {"name": name, "scope": role, "email": email, "who": annotator()}
            attempt(lambda: people.add_person(get_workspace(), **told, insist=insist), "Added.")


def show_table(known: Sequence[Known]) -> None:
    """Show people in a table, one of which can be chosen."""
    st.dataframe(
        [
            {
                "Name": each.person.name,
                "Role": "left" if each.person.left_at else ROLES[each.person.scope],
                "Answers": each.answers,
                "Last seen (UTC)": each.seen_at,
                "E-mail": each.person.email,
                "Earlier names": ", ".join(each.person.names),
                "Joined": each.person.joined_at,
                "Left": each.person.left_at,
            }
            for each in known
        ],
        column_config={
            "Last seen (UTC)": st.column_config.DatetimeColumn(format="D MMM YYYY HH:mm", timezone="UTC"),
            "Joined": st.column_config.DatetimeColumn(format="D MMM YYYY", timezone="UTC"),
            "Left": st.column_config.DatetimeColumn(format="D MMM YYYY", timezone="UTC"),
        },
        hide_index=True,
        placeholder="",
        key=TABLE,
        on_select="rerun",
        selection_mode="single-row",
    )


def show_person(known: Known) -> None:
    """Show what can be changed about somebody."""
    person = known.person
    with st.form(f"person_{person.id}", border=True):
        st.markdown(f"**{escape(person.name)}**")
        columns = st.columns([3, 3, 2])
        name = columns[0].text_input(
            "Name", person.name, max_chars=80, help="All that they said appears under the new name; nothing is lost."
        )
        email = columns[1].text_input("E-mail", person.email)
        role = columns[2].selectbox(
            "Role", list(ROLES), index=list(ROLES).index(person.scope), format_func=ROLES.__getitem__
        )
        insist = ask_insist(f"insist_{person.id}")
        if st.form_submit_button("Save", type="primary"):
            attempt(lambda: change(known, name, email, role, insist=insist), "Saved.")
    with st.container(horizontal=True):
        if person.left_at is not None:
            if st.button("Let in again", key="return"):
                attempt(lambda: people.bring_back(get_workspace(), person_id=person.id, who=annotator()))
            return
        if st.button("Mark as left", key="leave", help="They can log in no more. Their answers stay."):
            attempt(lambda: people.leave(get_workspace(), person_id=person.id, who=annotator()))
        if st.button("Invite to another browser", key="again", help="A link that logs one browser in as this person."):
            show_link(f"for {person.name}", person_id=person.id)


def change(known: Known, name: str, email: str, role: str, *, insist: bool) -> None:
    """Change what is not as it was."""
    this = {"person_id": known.person.id, "who": annotator()}
    people.rename_person(get_workspace(), **this, name=name, insist=insist)
    people.set_email(get_workspace(), **this, email=email)
    people.set_role(get_workspace(), **this, scope=role)


def show_invitations() -> None:
    """Make links by which people come in, and list them."""
    st.write("Whoever opens an invitation link gives their name and is logged in in that browser.")
    with st.form("new_invitation"):
        columns = st.columns(4)
        role = columns[0].selectbox("Role", list(ROLES), index=1, format_func=ROLES.__getitem__, key="invited_role")
        uses = columns[1].number_input("People", 1, invitations.MAX_USES, 1)
        days = columns[2].number_input("Valid for (days)", 1, MAX_TOKEN_DAYS, 7)
        login_days = columns[3].number_input("Logins last (days)", 1, MAX_TOKEN_DAYS, 90)
        is_wanted = st.form_submit_button("Create link", type="primary")
    if is_wanted:
        show_link(
            "for one person" if uses == 1 else f"for {int(uses):,} people",
            scope=role,
            uses=int(uses),
            days=int(days),
            login_days=int(login_days),
        )
    now = datetime.now(UTC)
    for each in invitations.list_invitations(get_workspace()):
        is_valid = each.is_valid(now)
        ended = "revoked" if each.revoked_at else "used" if each.uses_left < 1 else "expired"
        state = f"{each.uses_left} left" if is_valid else ended
        text_column, button_column = st.columns([5, 1], vertical_alignment="center")
        whom = f"for **{escape(each.person)}**" if each.person else f"as {with_article(each.scope)}"
        made = f"by {escape(each.made_by)} on {each.created_at:%Y-%m-%d}"
        text_column.write(f"{whom} · {state} · until {each.expires_at:%Y-%m-%d} · {made} · `{each.id}`")
        if is_valid and button_column.button("Revoke", key=f"revoke_{each.id}"):
            invitations.revoke_invitation(get_workspace(), invitation_id=each.id)
            st.rerun()


def show_link(what: str, *, person_id: str = "", **terms: int | str) -> None:
    """Make an invitation, and show its link this once."""
    try:
        _, text = invitations.invite(get_workspace(), person_id=person_id, who=annotator(), **terms)  # type: ignore[arg-type]  # the form's own fields
    except PodcastError as error:
        st.error(str(error), icon=":material/error:")
        return
    st.success(f"Invitation {escape(what)}. Copy it now: it will not be shown again.", icon=":material/mail:")
    st.code(urljoin(st.context.url or "", f"join#{text}"), language=None, wrap_lines=True)


def show_tokens(who: Caller) -> None:
    """Make tokens, and list them."""
    st.write("Programs, and people without an invitation or a provider's login, use personal tokens.")
    with st.form("new_token", clear_on_submit=True):
        name_column, scope_column, days_column = st.columns([3, 2, 1])
        name = name_column.text_input("Person", max_chars=80, help="Somebody who is new is added.")
        scope = scope_column.selectbox("Role", list(ROLES), index=1, format_func=ROLES.__getitem__, key="token_role")
        days = days_column.number_input("Days", 1, MAX_TOKEN_DAYS, 90)
        if st.form_submit_button("Create token", type="primary"):
            try:
                token, text = people.give_token(
                    get_workspace(), person=name, scope=scope, days=int(days), who=annotator()
                )
                person = escape(token.person)
                st.success(f"Token for {person}. Copy it now: it will not be shown again.", icon=":material/key:")
                st.code(text, language=None, wrap_lines=True)
            except PodcastError as error:
                st.error(str(error), icon=":material/error:")
    now = datetime.now(UTC)
    found = access.list_tokens(get_workspace())
    if not found:
        st.info("There are no tokens yet. Create the first one for yourself, with the role administrator.")
    for each in found:
        state = "revoked" if each.revoked_at else "valid" if each.is_valid(now) else "expired"
        used = f"last used {each.last_used_at:%Y-%m-%d %H:%M} UTC" if each.last_used_at else "never used"
        text_column, button_column = st.columns([5, 1], vertical_alignment="center")
        mine = " (you are logged in with it)" if each.id == who.token_id else ""
        until = f"{ROLES[each.scope]} · {state} · until {each.expires_at:%Y-%m-%d} · {used} · `{each.id}`"
        text_column.write(f"**{escape(each.person)}**{mine} · {until}")
        if each.is_valid(now) and button_column.button("Revoke", key=f"revoke_{each.id}"):
            access.revoke_token(get_workspace(), token_id=each.id)
            st.rerun()


visited_by = visitor()
visited_by.need("admin")
st.title("People", anchor=False)
st.write(
    "Viewers look and listen; annotators also answer; reviewers also judge the answers of others; administrators "
    "may do everything. On your own machine nobody needs to log in, and names are as people type them."
)
of_people, of_invitations, of_tokens = st.tabs(["People", "Invitations", "Tokens"])
with of_people:
    show_people()
with of_invitations:
    show_invitations()
with of_tokens:
    show_tokens(visited_by)
