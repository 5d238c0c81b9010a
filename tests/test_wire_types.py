"""The types that the browser's code is checked against are the server's own."""

import re
from pathlib import Path

from podcast_core.api.server import create_api
from tests.wire_types import to_type, write_types

TYPES = Path(__file__).parents[1] / "pages" / "shared" / "web" / "types.d.ts"


def test_schemas_become_types() -> None:
    box = {
        "type": "object",
        "properties": {
            "label": {"type": "string"},
            "low_hz": {"anyOf": [{"type": "number"}, {"type": "null"}]},
            "origin": {"enum": ["new", "bulk"]},
            "spans": {"type": "array", "items": {"$ref": "#/components/schemas/Span"}},
            "counts": {"type": "object", "additionalProperties": {"type": "integer"}},
        },
        "required": ["label", "low_hz"],
    }
    fields = 'label: string; low_hz: number | null; origin?: "new" | "bulk"; spans?: (Span)[]'
    assert to_type(box) == f"{{ {fields}; counts?: Record<string, number> }}"


def test_every_route_that_the_pages_name_is_one_of_the_server() -> None:
    written = write_types(create_api(lambda: None).openapi())  # type: ignore[arg-type,return-value]
    named = re.findall(r'(?:Answers|Bodies)\["([^"]+)"\]', TYPES.read_text(encoding="utf-8"))
    assert len(named) > 20
    assert [route for route in named if f'"{route}":' not in written] == []
