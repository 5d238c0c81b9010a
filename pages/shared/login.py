"""Log in and out: the browser sends the token to our own route, which keeps it where no script can read it."""

import streamlit as st

_login = st.components.v2.component(
    "login",
    html="""<form>
<label>Your token <input type="password" name="token" autocomplete="current-password" required></label>
<button type="submit">Log in</button><p role="alert"></p></form>""",
    css="""form { display: grid; gap: .75rem; max-width: 26rem;
  font-family: var(--st-font); color: var(--st-text-color) }
input { display: block; box-sizing: border-box; width: 100%; margin-top: .25rem; padding: .5rem; font: inherit;
  color: inherit; background: var(--st-secondary-background-color);
  border: 1px solid var(--st-border-color); border-radius: .5rem }
button { justify-self: start; padding: .5rem 1.25rem; font: inherit; color: white;
  background: var(--st-primary-color); border: 0; border-radius: .5rem; cursor: pointer }
p { margin: 0; color: var(--st-red-text-color, #b00020) }""",
    js="""
export default function ({ parentElement }) {
    const form = parentElement.querySelector("form")
    form.onsubmit = async (event) => {
        event.preventDefault()
        const say = (text) => { form.querySelector("p").textContent = text }
        try {
            const answer = await fetch(new URL("api/v1/login", document.baseURI), {
                method: "POST", headers: { "Content-Type": "application/json" },
                body: JSON.stringify({ token: form.token.value }),
            })
            if (answer.ok) window.location.reload()
            else say((await answer.json()).detail)
        } catch { say("The server cannot be reached.") }
    }
}
""",
)
_logout = st.components.v2.component(
    "logout",
    html='<button type="button">Log out</button>',
    css="""button { padding: .35rem .9rem; font: inherit; color: inherit; background: none;
  border: 1px solid var(--st-border-color); border-radius: .5rem; cursor: pointer }""",
    js="""
export default function ({ parentElement }) {
    const tabs = new BroadcastChannel("podcast-logout") // a page that is open keeps its token until it is loaded anew
    tabs.onmessage = () => window.location.reload()
    parentElement.querySelector("button").onclick = async () => {
        await fetch(new URL("api/v1/logout", document.baseURI), { method: "POST" })
        tabs.postMessage("")
        window.location.reload()
    }
    return () => tabs.close()
}
""",
)


def ask_token(reason: str, *, had_one: bool) -> None:
    """Ask for a token; ``reason`` says why the one that this browser had is not enough."""
    st.title("Pod.Cast", anchor=False)
    st.write("This server asks for a personal access token. Whoever runs it can make one for you.")
    if had_one:
        st.warning(reason, icon=":material/key_off:")
    _login(key="login")


def show_logout(person: str, scope: str) -> None:
    """Show who is logged in, and the way out."""
    st.caption(f"Logged in as **{person}** ({scope})")
    _logout(key="logout")
