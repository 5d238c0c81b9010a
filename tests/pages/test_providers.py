"""Streamlit's logins, as we read their settings and their cookie."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit import config
from streamlit.auth_util import set_cookie_with_chunks
from streamlit.runtime.secrets import secrets_singleton
from streamlit.web.server.starlette import starlette_auth_routes
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from pages.shared.providers import StreamlitProviders
from podcast_core.errors import InvalidInput
from tests.docs.pages import ROOT

PAGE = (ROOT / "docs" / "deployment" / "access.md").read_text(encoding="utf-8")


@pytest.fixture
def secrets(tmp_path: Path) -> Iterator[Path]:
    """Where Streamlit looks for its secrets."""
    path, before = tmp_path / "secrets.toml", config.get_option("secrets.files")
    config.set_option("secrets.files", [str(path)])
    secrets_singleton._reset()
    yield path
    config.set_option("secrets.files", before)
    secrets_singleton._reset()


def test_the_section_on_the_page_is_a_provider(secrets: Path) -> None:
    assert StreamlitProviders().list_names() == ()
    (text,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    secrets.write_text(text)
    secrets_singleton._reset()
    assert StreamlitProviders().list_names() == ["default"]
    assert StreamlitProviders().make_address("default").startswith("/auth/login?provider=ey")


def test_a_secret_that_is_too_short_is_explained(secrets: Path) -> None:
    secrets.write_text('[auth]\ncookie_secret = "x"\n[auth.google]\nclient_id = "y"\n')
    secrets_singleton._reset()
    with pytest.raises(InvalidInput, match="needs 32 characters"):
        StreamlitProviders().list_names()


def test_claims_are_read_from_cookies_that_streamlit_signed(secrets: Path) -> None:
    secrets.write_text(f'[auth]\ncookie_secret = "{"s" * 32}"\n[auth.google]\nclient_id = "y"\n')
    secrets_singleton._reset()
    claims = {"sub": "7", "about": os.urandom(6_000).hex()}  # more than one cookie holds
    cookies: dict[str, str] = {}
    sign = starlette_auth_routes._create_signed_value_wrapper
    set_cookie_with_chunks(
        lambda name, value: cookies.update({name: sign(name, value).decode()}),
        sign,
        USER_COOKIE_NAME,
        claims,
        cookie_attr_size=0,
    )
    assert len(cookies) > 1
    assert StreamlitProviders().list_names() == ["google"]
    assert StreamlitProviders().read_claims(cookies) == claims
    forged = {USER_COOKIE_NAME: json.dumps(claims)}
    assert StreamlitProviders().read_claims(forged) is None
    other = {USER_COOKIE_NAME: sign("another_cookie", json.dumps({"sub": "7"})).decode()}
    assert StreamlitProviders().read_claims(other) is None
