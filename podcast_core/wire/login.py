"""Logging in in the browser."""

from pydantic import BaseModel, Field


class LoginRequest(BaseModel):
    """A personal access token."""

    token: str = Field(max_length=200)
