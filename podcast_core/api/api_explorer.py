"""The description of the API as one page for people: plain HTML, nothing from the internet and no script."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

router = APIRouter()

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
summary { cursor: pointer; padding: .4rem 0; } code { overflow-wrap: anywhere; }
b { display: inline-block; min-width: 4rem; } details { border-bottom: 1px solid #8886; }
pre { overflow-x: auto; background: #8882; padding: .5rem; } :root { color-scheme: light dark; }
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'self'"
DEEPEST = 4  # levels of a body that are shown


@router.get("/api/docs", include_in_schema=False)
def show_docs(request: Request) -> HTMLResponse:
    """Show all operations with parameters, bodies and answers."""
    document = request.app.openapi()
    page = "".join(
        f"<h2>{escape(tag)}</h2>{''.join(_write(document, *each) for each in group)}"
        for tag, group in _group(document).items()
    )
    title = f"{escape(document['info']['title'])} {escape(document['info']['version'])}"
    text = (
        f"<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>{title}: API</title><style>{STYLE}</style><h1>{title}: API</h1>"
        f"<p>For programs: <a href=openapi.json>openapi.json</a> (OpenAPI {escape(document['openapi'])}).</p>"
        f"{page}</html>"
    )
    return HTMLResponse(text, headers={"content-security-policy": POLICY})


def _group(document: Mapping[str, Any]) -> dict[str, list[tuple[str, str, Mapping[str, Any]]]]:
    groups: dict[str, list[tuple[str, str, Mapping[str, Any]]]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            groups.setdefault((operation.get("tags") or ["other"])[0], []).append((method.upper(), path, operation))
    return groups


def _write(document: Mapping[str, Any], method: str, path: str, operation: Mapping[str, Any]) -> str:
    lines = [f"<p>{escape(operation.get('description') or operation['summary'])}</p>"]
    lines += _write_parameters(operation.get("parameters", ()))
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        lines.append(f"<p>Body, <code>{escape(kind)}</code>:</p>{_write_shape(document, content.get('schema', {}))}")
    for status, told in operation["responses"].items():
        shapes = [_write_shape(document, each.get("schema", {})) for each in told.get("content", {}).values()]
        lines.append(f"<p>Answer {escape(status)}:</p>{''.join(shapes)}")
    name = escape(operation["operationId"])
    return (
        f"<details id={name}><summary><b>{method}</b> <code>{escape(path)}</code></summary>{''.join(lines)}</details>"
    )


def _write_parameters(parameters: Iterable[Mapping[str, Any]]) -> list[str]:
    items = [
        f"<li><code>{escape(each['name'])}</code> ({escape(each['in'])}{', required' if each.get('required') else ''})"
        f" {escape(each.get('description', ''))}</li>"
        for each in parameters
    ]
    return [f"<ul>{''.join(items)}</ul>"] if items else []


def _write_shape(document: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    text = _describe(document, schema, 0)
    return f"<pre>{escape(text)}</pre>" if text else ""


def _describe(document: Mapping[str, Any], schema: Mapping[str, Any], depth: int) -> str:
    """Write a shape as people write JSON, with types in the place of values."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return name if depth > DEEPEST else _describe(document, document["components"]["schemas"][name], depth)
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return " | ".join(_describe(document, each, depth) for each in schema[several])
    if "enum" in schema or "const" in schema:
        return " | ".join(f'"{each}"' for each in schema.get("enum", [schema.get("const")]))
    if "properties" in schema and depth <= DEEPEST:
        indent = "  " * (depth + 1)
        required = schema.get("required", ())
        rows = [
            f"{indent}{name}{'' if name in required else '?'}: {_describe(document, each, depth + 1)}"
            for name, each in schema["properties"].items()
        ]
        return "{\n" + ",\n".join(rows) + "\n" + "  " * depth + "}"
    if schema.get("type") == "array":
        return f"[{_describe(document, schema.get('items', {}), depth)}, ...]"
    return str(schema.get("format") or schema.get("type") or "any")
