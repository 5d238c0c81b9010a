"""Write what the server's API takes and answers as TypeScript types, which the check of the pages' JavaScript reads.

They come from the OpenAPI document, so a field that is renamed on the server is an error in the browser's code at the
next ``make check``. The file is not kept in Git.
"""

import json
from pathlib import Path
from typing import Any

from podcast_core.api.server import create_api

TARGET = Path(__file__).parent.parent / "pages" / "shared" / "web" / "wire.d.ts"
PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}


def to_type(schema: dict[str, Any]) -> str:
    """Write one JSON schema as a TypeScript type."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return " | ".join(dict.fromkeys(to_type(each) for each in schema[word]))
    if "enum" in schema or "const" in schema:
        return " | ".join(json.dumps(each) for each in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        if "prefixItems" in schema:
            return f"[{', '.join(to_type(each) for each in schema['prefixItems'])}]"
        return f"({to_type(schema.get('items', {}))})[]"
    if schema.get("type") == "object":
        return to_object(schema)
    return PLAIN.get(schema.get("type", ""), "unknown")


def to_object(schema: dict[str, Any]) -> str:
    """Write an object, or a mapping where its keys are not known."""
    if "properties" not in schema:
        values = schema.get("additionalProperties")
        return f"Record<string, {to_type(values) if isinstance(values, dict) else 'unknown'}>"
    required = schema.get("required", [])
    fields = [f"{name}{'' if name in required else '?'}: {to_type(of)}" for name, of in schema["properties"].items()]
    return f"{{ {'; '.join(fields)} }}"


def list_bodies(operation: dict[str, Any]) -> list[dict[str, Any]]:
    """List the schemas of the JSON that an operation takes."""
    return find_json(operation.get("requestBody", {}))


def list_answers(operation: dict[str, Any]) -> list[dict[str, Any]]:
    """List the schemas of the JSON that an operation answers with when all is well."""
    return [found for code, each in operation["responses"].items() if code[0] == "2" for found in find_json(each)]


def find_json(part: dict[str, Any]) -> list[dict[str, Any]]:
    """Find the schema of a part's JSON, if it has one."""
    found = part.get("content", {}).get("application/json", {}).get("schema")
    return [found] if found else []


def write_types(document: dict[str, Any]) -> str:
    """Write the whole API: all shapes, and what each route takes and answers."""
    lines = ["// Made by tests/wire_types.py from the server's OpenAPI document."]
    lines += [f"export type {name} = {to_type(each)};" for name, each in document["components"]["schemas"].items()]
    for title, schemas_of in (("Bodies", list_bodies), ("Answers", list_answers)):
        lines.append(f"export interface {title} {{")
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                types = dict.fromkeys(to_type(each) for each in schemas_of(operation))
                if types:
                    lines.append(f'  "{method.upper()} {path.removeprefix("/api/v1")}": {" | ".join(types)};')
        lines.append("}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    TARGET.write_text(write_types(create_api(lambda: None).openapi()), encoding="utf-8")  # type: ignore[arg-type,return-value]
