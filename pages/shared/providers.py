"""Streamlit's logins by OpenID Connect (`st.login`), as `podcast_core.api.front.sign_in` needs them.

The routes, the talk with the provider and the checks of what it says are Streamlit's and Authlib's. Two functions of
Streamlit that are not public are used here, and only here.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from streamlit.auth_util import get_cookie_with_chunks, get_secrets_auth_section, is_authlib_installed
from streamlit.user_info import generate_login_redirect_url
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from podcast_core.errors import InvalidInput

MIN_SECRET = 32  # characters of a cookie secret: what HMAC-SHA-256 takes as a key


class StreamlitProviders:
    """The providers in the section ``[auth]`` of Streamlit's secrets."""

    def list_names(self) -> Sequence[str]:
        """List the providers that are set up; ``default`` has no name of its own.

        Raises
        ------
        InvalidInput
            When the secrets cannot be used.
        """
        section = get_secrets_auth_section()
        if not section:
            return ()
        if not is_authlib_installed():
            raise InvalidInput("The section [auth] of secrets.toml needs Authlib: pip install -r requirements.txt")
        if len(str(section.get("cookie_secret", ""))) < MIN_SECRET:
            raise InvalidInput(f"cookie_secret in the section [auth] of secrets.toml needs {MIN_SECRET} characters.")
        named = [name for name, value in section.items() if isinstance(value, Mapping) and "client_id" in value]
        return [*(["default"] if "client_id" in section else []), *named]

    def make_address(self, name: str) -> str:
        """Make the address at which a login begins, on this server; it can be used for a few minutes."""
        return str(generate_login_redirect_url(name))

    def read_claims(self, cookies: Mapping[str, str]) -> Mapping[str, Any] | None:
        """Read what a provider said, from cookies that Streamlit sets; None where it sets none."""

        def read(name: str) -> bytes | None:
            value = cookies.get(name)
            return decode_signed_value(get_cookie_secret(), name, value.encode("latin-1")) if value else None

        said = get_cookie_with_chunks(read, USER_COOKIE_NAME)
        return None if said is None else dict(json.loads(said))
