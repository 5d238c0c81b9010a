"""Log out, and leave a page that one may see no more; how one logs in is `podcast_core.api.front.login_page`."""

import streamlit as st
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from pages.shared.words import escape
from podcast_core.domain.role import ROLES

_leave = st.components.v2.component(
    "leave",
    js="""
export default function () {
    const key = "podcast-left", last = Number(sessionStorage.getItem(key) ?? 0)
    if (Date.now() - last < 5000) return // the server says otherwise: what stands here is read instead
    sessionStorage.setItem(key, Date.now())
    window.location.reload()
}
""",
)
_logout = st.components.v2.component(
    "logout",
    html='<button type="button" disabled>Log out</button>',  # until the script is there that does it
    css="""button { padding: .35rem .9rem; font: inherit; color: inherit; background: none;
  border: 1px solid var(--st-border-color); border-radius: .5rem; cursor: pointer }""",
    js="""
export default function ({ data, parentElement }) {
    const tabs = new BroadcastChannel("podcast-logout") // a page that is open keeps its token until it is loaded anew
    tabs.onmessage = () => window.location.reload()
    parentElement.querySelector("button").disabled = false
    const leave = async ({ target }) => {
        const button = target.closest("button")
        if (!button) return
        Object.assign(button, { disabled: true, textContent: "Logging out…" }) // the server may be busy
        try {
            const signal = AbortSignal.timeout(20000)
            const told = await fetch(new URL("api/v1/logout", document.baseURI), { method: "POST", signal })
            if (!told.ok) throw new Error(told.statusText)
        } catch {
            Object.assign(button, { disabled: false, textContent: "Not logged out: try again" })
            return
        }
        tabs.postMessage("")
        if (data.provider) window.location.assign(new URL("auth/logout", document.baseURI)) // ends the login there, too
        else window.location.reload()
    }
    parentElement.addEventListener("click", leave) // not of the button, which may be made anew
    return () => {
        parentElement.removeEventListener("click", leave)
        tabs.close()
    }
}
""",
)


def leave(reason: str) -> None:
    """Say why there is nothing to see any more, and load the page anew: then the server asks for a token."""
    st.title("Pod.Cast", anchor=False)
    st.warning(reason, icon=":material/key_off:")
    _leave(key="leave")


def show_logout(person: str, scope: str) -> None:
    """Show who is logged in, and the way out."""
    st.caption(f"Logged in as **{escape(person)}** ({ROLES[scope]})")
    _logout(key="logout", data={"provider": bool(st.context.cookies.get(USER_COOKIE_NAME))})
