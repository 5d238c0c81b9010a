"""The page that asks for a token: one small file, sent before anything of Streamlit is."""

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from podcast_core.api.front.browsers import hash_source
from podcast_core.api.front.sub_paths import base_of

MAX_WANTED = 2000  # of a page's address: a cookie keeps it, and browsers keep 4,096 bytes of one (RFC 6265, 6.1)
_STYLE = """
body { margin: 0; min-height: 100vh; display: grid; place-items: center; font: 16px/1.5 system-ui, sans-serif;
  color: #262730; background: #fff }
main { width: min(26rem, 100vw - 3rem) }
form { display: grid; gap: .75rem }
label { display: block }
input { display: block; box-sizing: border-box; width: 100%; margin-top: .25rem; padding: .5rem; font: inherit;
  color: inherit; background: transparent; border: 1px solid #8a8f98; border-radius: .5rem }
[hidden] { display: none !important }
button, .button { justify-self: start; display: inline-block; padding: .5rem 1.25rem; text-decoration: none;
  font: inherit; color: #fff; background: #0072b2; border: 0;
  border-radius: .5rem; cursor: pointer }
[role=alert] { margin: 0; color: #b00020 }
@media (prefers-color-scheme: dark) {
  body { color: #fafafa; background: #0e1117 }
  button, .button { background: #1f77ad }
  [role=alert] { color: #ff8a8a } }
"""
_SCRIPT = """
const form = document.querySelector("form"), alert = document.querySelector("[role=alert]");
form.onsubmit = async (event) => {
  event.preventDefault();
  try {
    const answer = await fetch(form.action, { method: "POST", headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token: form.token.value }) });
    if (answer.ok) location.reload();
    else alert.textContent = (await answer.json()).detail;
  } catch { alert.textContent = "The server cannot be reached."; }
};
"""
_HEAD = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Pod.Cast</title>' + (
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
)


_POLICY = (
    "default-src 'none'; script-src {script}; style-src {style}; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def ask_token(request: Request, reason: str, providers: Sequence[str] = ()) -> Response:
    """Ask who looks at a page for a token; other requests are refused in a line.

    ``reason`` says why the token that this browser had is not enough; empty where it had none. ``providers`` are the
    names of those by which one can log in instead, see `podcast_core.api.front.sign_in`.
    """
    headers = {"www-authenticate": 'Bearer realm="Pod.Cast"', "cache-control": "no-store"}
    if "text/html" not in request.headers.get("accept", ""):
        return PlainTextResponse("This needs a token: see docs/deployment/access.md.", 401, headers)
    action = escape(base_of(request) + "/api/v1/login", quote=True)
    links = "".join(_link(request, each) for each in providers)
    asked = "a personal access token" if not providers else "a login or a personal access token"
    text = (
        "<main><h1>Pod.Cast</h1>"
        f"<p>This server asks for {asked}. The person who runs it can let you in.</p>{links}"
        f'<form action="{action}"><label>Your token '
        '<input type="password" name="token" autocomplete="current-password" required autofocus></label>'
        f'<button type="submit">Log in</button><p role="alert">{escape(reason)}</p></form>'
        "</main>"
    )
    return make_page(text, 401, headers, _SCRIPT)


def _link(request: Request, provider: str) -> str:
    name = "Log in" if provider == "default" else f"Log in with {provider.replace('-', ' ').title()}"
    asked = f"{request.scope['path']}{'?' if request.url.query else ''}{request.url.query}"
    wanted = f"&to={quote(asked, safe='')}" if asked != "/" and len(asked) <= MAX_WANTED else ""
    address = escape(f"{base_of(request)}/sign-in?with={quote(provider)}{wanted}", quote=True)
    return f'<p><a class="button" href="{address}">{escape(name)}</a></p>'


def explain(request: Request, status: int, reason: str) -> Response:
    """Say why there is no page now."""
    if "text/html" not in request.headers.get("accept", ""):
        return PlainTextResponse(reason, status)
    return make_page(f"<main><h1>Pod.Cast</h1><p>{escape(reason)}</p></main>", status, {"cache-control": "no-store"})


def make_page(body: str, status: int, headers: dict[str, str], script: str = "") -> HTMLResponse:
    """Make a small page with our style and one script, and nothing else that runs."""
    runs = f"<script>{script}</script>" if script else ""
    html = f"{_HEAD}<style>{_STYLE}</style></head><body>{body}{runs}</body></html>"
    policy = _POLICY.format(script=hash_source(script), style=hash_source(_STYLE))
    return HTMLResponse(html, status, {**headers, "content-security-policy": policy})
