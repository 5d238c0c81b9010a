"""An OpenID Connect provider on this machine: real discovery, codes with PKCE, and signed tokens; nobody is asked.

Who comes is whom a test says; what is signed with another key, or is too old, can be asked for.
"""

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, redirect, request
from flask.typing import ResponseReturnValue
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

CLIENT_ID, CLIENT_SECRET = "podcast", "a secret of the client"


@dataclass
class Provider:
    """A running provider. ``claims`` are about whoever comes next; ``ended``: how often somebody logged out here."""

    url: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    refuses: bool = False
    has_wrong_key: bool = False
    ended: int = 0
    codes: dict[str, dict[str, str]] = field(default_factory=dict)


@contextmanager
def run_provider() -> Iterator[Provider]:
    """Run a provider on a free loopback port."""
    provider, app = Provider(), Flask("provider")
    key, other = (RSAKey.generate_key(2048, parameters={"kid": "one", "alg": "RS256", "use": "sig"}) for _ in range(2))

    @app.get("/.well-known/openid-configuration")
    def discover() -> ResponseReturnValue:
        ways = {"authorization": "authorize", "token": "token", "end_session": "logout"}
        return {
            "issuer": provider.url,
            **{f"{name}_endpoint": f"{provider.url}/{path}" for name, path in ways.items()},
            "jwks_uri": f"{provider.url}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    @app.get("/keys")
    def list_keys() -> ResponseReturnValue:
        return {"keys": [key.as_dict(private=False)]}

    @app.get("/authorize")
    def authorize() -> ResponseReturnValue:
        asked = request.args.to_dict()
        back = f"{asked['redirect_uri']}?state={asked['state']}"
        if provider.refuses:
            return redirect(f"{back}&error=access_denied")
        code = secrets.token_urlsafe()
        provider.codes[code] = asked
        return redirect(f"{back}&code={code}")

    @app.post("/token")
    def give_token() -> ResponseReturnValue:
        asked = provider.codes.pop(request.form["code"])
        digest = hashlib.sha256(request.form["code_verifier"].encode()).digest()
        assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == asked["code_challenge"]
        assert request.authorization is not None
        assert (request.authorization.username, request.authorization.password) == (CLIENT_ID, CLIENT_SECRET)
        now = int(time.time())
        claims = {"iss": provider.url, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        signed = jwt.encode(
            {"alg": "RS256", "kid": "one"}, {**claims, **provider.claims}, other if provider.has_wrong_key else key
        )
        return {"access_token": "x", "token_type": "Bearer", "expires_in": 300, "id_token": signed}

    @app.get("/logout")
    def log_out() -> ResponseReturnValue:
        provider.ended += 1
        return redirect(request.args["post_logout_redirect_uri"])

    server = make_server("127.0.0.1", 0, app, threaded=True)
    provider.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def write_secrets(provider: Provider, app_url: str) -> str:
    """Write the section of Streamlit's secrets for a provider; ``app_url`` is that of the app, with its base."""
    return (
        "[auth]\n"
        f'redirect_uri = "{app_url}/oauth2callback"\n'
        f'cookie_secret = "{secrets.token_hex(32)}"\n'
        f'client_id = "{CLIENT_ID}"\n'
        f'client_secret = "{CLIENT_SECRET}"\n'
        f'server_metadata_url = "{provider.url}/.well-known/openid-configuration"\n'
    )
