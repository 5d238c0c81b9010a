"""What the server says about itself (OpenAPI): FastAPI's own words, and how each route fails."""

from typing import Any

from fastapi import FastAPI

from podcast_core.api.problems import list_error_names

PROBLEM = {
    "type": "object",
    "description": "An error (RFC 9457); `detail` is made for people.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
}
REASONS = {
    "4XX": "The request failed: 400 wrong input, 401 no valid token, 403 not with this token, 404 not found, "
    "409 conflict, 413 too large, 415 unexpected media type, 429 too many requests",
    "503": "The file store, the database or a model cannot be reached",
}


class DescribedApi(FastAPI):
    """An application whose description tells its errors, too."""

    def openapi(self) -> dict[str, Any]:
        """Describe all routes."""
        if self.openapi_schema is None:
            describe_errors(super().openapi())
        return super().openapi()


def describe_errors(document: dict[str, Any]) -> None:
    """Replace FastAPI's 422, which no route answers, by what they do answer."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = PROBLEM
    for path, methods in document["paths"].items():
        content = _write_content(path)
        for operation in methods.values():
            responses = operation["responses"]
            responses.pop("422", None)
            responses |= {status: {"description": text, "content": content} for status, text in REASONS.items()}
            names = {each["name"].lower() for each in operation.get("parameters", ()) if each["in"] == "header"}
            if "if-none-match" in names:
                responses["304"] = {"description": "Unchanged: the client already has it"}


def _write_content(path: str) -> dict[str, Any]:
    names = list_error_names(path)
    if not names:
        return {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    properties = {name: {"type": "string"} for name in names}
    return {"application/json": {"schema": {"type": "object", "properties": properties, "required": list(names)}}}
