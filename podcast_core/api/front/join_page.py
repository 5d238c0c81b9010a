"""The page to which an invitation leads: one small file that asks for a name.

What stands after the ``#`` is the invitation; browsers send it nowhere by themselves.
"""

import json
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from podcast_core.api.front.login_page import make_page
from podcast_core.api.front.sub_paths import base_of
from podcast_core.domain.role import ROLES, with_article

JOIN = "/join"
_SCRIPT = """
const [form, alert, offer] = ["form", "[role=alert]", "#offer"].map((each) => document.querySelector(each));
const roles = JSON.parse(form.dataset.roles), api = form.dataset.api;
const ask = async (what, body) => {
  const answer = await fetch(`${api}/invitations/${what}`, { method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ invitation: location.hash.slice(1), ...body }) });
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.detail ?? "This invitation cannot be used.");
  return said;
};
const tell = (error) => {
  alert.textContent = error instanceof TypeError ? "The server cannot be reached." : error.message;
};
const look = async () => {
  form.hidden = true;
  alert.textContent = "";
  try {
    const { scope, person, made_by } = await ask("look");
    offer.textContent = person
      ? `${made_by} invites you to work here as ${person}, ${roles[scope]}.`
      : `${made_by} invites you to work here as ${roles[scope]}. Your answers are recorded under your name.`;
    form.querySelector("label").hidden = form.name.disabled = Boolean(person);
    form.hidden = false;
    if (!person) form.name.focus();
  } catch (error) { offer.textContent = ""; tell(error); }
};
form.onsubmit = async (event) => {
  event.preventDefault();
  form.querySelector("button").disabled = true;
  try {
    await ask("accept", { name: form.name.disabled ? "" : form.name.value });
    location.replace(form.dataset.home);
  } catch (error) { tell(error); }
  form.querySelector("button").disabled = false;
};
window.onhashchange = look;
look();
"""


def ask_name(request: Request) -> Response:
    """Ask who comes in by an invitation for their name."""
    base = base_of(request)
    roles = json.dumps({scope: with_article(scope) for scope in ROLES})
    text = (
        '<main><h1>Pod.Cast</h1><p id="offer">One moment…</p>'
        f'<form hidden data-api="{escape(base, quote=True)}/api/v1" data-home="{escape(base, quote=True)}/" '
        f'data-roles="{escape(roles, quote=True)}">'
        '<label>Your name <input name="name" maxlength="80" autocomplete="name" required></label>'
        '<button type="submit">Come in</button></form><p role="alert"></p></main>'
    )
    page: HTMLResponse = make_page(text, 200, {"cache-control": "no-store", "referrer-policy": "no-referrer"}, _SCRIPT)
    return page
