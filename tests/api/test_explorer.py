import re

from starlette.testclient import TestClient


def test_the_page_shows_every_operation_and_needs_nothing_from_elsewhere(client: TestClient) -> None:
    page = client.get("/api/docs")
    document = client.get("/api/openapi.json").json()
    names = [each["operationId"] for operations in document["paths"].values() for each in operations.values()]
    assert len(set(names)) == len(names)
    assert sorted(re.findall(r"<details id=(\S+?)>", page.text)) == sorted(names)
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert not re.search(r"<script|<link|src=|https?://", page.text)


def test_a_body_is_shown_with_its_fields(client: TestClient) -> None:
    text = client.get("/api/docs").text
    assert "verdict: &quot;accept&quot; | &quot;correct&quot; | &quot;reject&quot;" in text
    assert "session_length_s?: number" in text
