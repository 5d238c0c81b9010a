"""Access: who may use this server, for admins."""

from datetime import UTC, datetime

import streamlit as st

from pages.shared.state import get_workspace, visitor
from pages.shared.words import escape
from podcast_core.domain.limits import MAX_TOKEN_DAYS
from podcast_core.domain.role import ROLES
from podcast_core.errors import InvalidInput
from podcast_core.services import access

who = visitor()
who.need("admin")
st.title("Access", anchor=False)
st.write(
    "People and programs use personal tokens to access a server that others can reach. Each role may also do "
    "what those before it may: viewers look and listen, annotators answer, reviewers judge answers."
)
with st.form("new_token", clear_on_submit=True):
    name_column, scope_column, days_column = st.columns([3, 2, 1])
    name = name_column.text_input("Person", max_chars=80, help="Answers are recorded under this name.")
    scope = scope_column.selectbox("Role", list(ROLES), index=1, format_func=ROLES.__getitem__)
    days = days_column.number_input("Days", 1, MAX_TOKEN_DAYS, 90)
    if st.form_submit_button("Create token", type="primary"):
        try:
            token, text = access.create_token(get_workspace(), person=name, scope=scope, days=int(days))
            person = escape(token.person)
            st.success(f"Token for {person}. Copy it now: it will not be shown again.", icon=":material/key:")
            st.code(text, language=None, wrap_lines=True)
        except InvalidInput as error:
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
