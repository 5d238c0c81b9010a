"""Rules: small expressions that can do nothing but compare, and figures equal to counting by hand."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from podcast_core.errors import InvalidInput
from podcast_core.services.explore import rules, search
from podcast_core.services.explore.expressions import evaluate
from podcast_core.services.explore.rules import Rule
from podcast_core.services.store import doctor
from podcast_core.services.store.rebuild import rebuild
from podcast_core.storage import clips
from podcast_core.workspace import Workspace
from tests.api.test_explore_maps import read_values
from tests.beside import dump
from tests.services.exploring import add_windows

COLUMNS = {
    "score": np.array([0.1, 0.5, np.nan, 0.9]),
    "hour": np.array([1.0, 22.5, 12.0, np.nan]),
    "label": np.array(["call", "", "song", "call"]),
}


def run(expression: str) -> list[bool]:
    names = {name: COLUMNS.__getitem__ for name in COLUMNS}
    functions = {"contains": lambda text: np.array([text in name for name in COLUMNS["label"]])}
    found: list[bool] = evaluate(expression, names, functions, 4).tolist()
    return found


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("score >= 0.5", [False, True, False, True]),
        ("0.1 <= score < 0.9", [True, True, False, False]),
        ("hour < 6 or hour >= 20", [True, True, False, False]),
        ("label == 'call' and not score > 0.5", [True, False, False, False]),
        ("label in ['song', 'call']", [True, False, True, True]),
        ("label not in ('song',)", [True, True, False, True]),
        ("label != ''", [True, False, True, True]),
        ("score != 0.5", [True, False, False, True]),
        ("0.5 != score", [True, False, False, True]),
        ("score not in [0.1, 0.2]", [False, True, False, True]),
        ("not score == 0.5", [True, False, True, True]),
        ("score * 2 - 1 > -0.5 / 2", [False, True, False, True]),
        ("contains('al')", [True, False, False, True]),
        ("score / 0 > 5", [True, True, False, True]),
        ("True", [True] * 4),
        (r"not contains('\d')", [True] * 4),
    ],
)
def test_expressions_say_what_they_say(expression: str, expected: list[bool]) -> None:
    assert run(expression) == expected


@pytest.mark.parametrize(
    "expression",
    [
        "", " ", "score", "1", "'call'", "score > 'a'", "label > 'a'", "label + 'a' == 'b'", "scores > 1", "score >",
        "(" * 300,
        "__import__('os').system('ls')", "label.__class__", "label[0] == 'a'", "[x for x in label]", "lambda: 1",
        "score ** 9 > 1", "9 ** 9 ** 9 > score", "f'{score}' == 'a'", "score if score else label", "contains(label)",
        "contains('a', 'b')", "eval('1')", "score is None", "score > 1e999", "(score := 1) > 0", "not score",
        "-label == 'a'",
        "label in 'call'", "score > 1 and 2", "~score > 1", "None == label", "b'a' == label",
        "contains('" + "a" * 300 + "')",
        "not " * 60 + "score > 1", " + ".join(["score"] * 90) + " > 1", "score > 1; score", "import os",
        "score > 1" + "0" * 400, "-1" + "0" * 400 + " < score", "label in [1" + "0" * 400 + "]",
        "print(score) > 1", "contains.__globals__", "score == label", "open('a')", "getattr(label, 'x')",
    ],
)  # fmt: skip
def test_nothing_else_is_understood(expression: str) -> None:
    """Row 34: safe; no part of it is executed."""
    with pytest.raises(InvalidInput):
        run(expression)


@pytest.fixture
def plain(workspace: Workspace, tmp_path: Path) -> str:
    """A collection of 24 windows."""
    return add_windows(workspace, tmp_path)


@pytest.fixture
def windows(workspace: Workspace, plain: str) -> str:
    """A collection of 24 windows, of which 12 are called something."""
    made = plain
    with workspace.database.writing() as connection:
        clips.set_labels(connection, made, {number: ("call", "noise")[number % 2] for number in range(12)})
        connection.exec_driver_sql("UPDATE clips SET low_hz = number * 100, high_hz = 5000")
    return made


def test_figures_of_rules_are_those_of_counting(client: TestClient, windows: str) -> None:
    """Row 34: coverage, conflicts, correct, incorrect, missed and hits equal brute force."""
    asked = [("low_hz < 1500", "call"), ("low_hz > 500 and high_hz == 5000", "noise"), ("duration > 9", "call")]
    body = {"rules": [{"expression": each, "label": label} for each, label in asked]}
    found = client.post(f"/api/v1/collections/{windows}/rules", json=body).json()["items"]
    labels = [("call", "noise")[number % 2] if number < 12 else "" for number in range(24)]
    tests: list[Callable[[int], bool]] = [lambda n: n * 100 < 1500, lambda n: n * 100 > 500, lambda _n: False]
    for index, (got, (_, label)) in enumerate(zip(found, asked, strict=True)):
        fits = [number for number in range(24) if tests[index](number)]
        expected: dict[str, Any] = {
            "covered": len(fits),
            "conflicts": sum(any(tests[other](n) and asked[other][1] != label for other in range(3)) for n in fits),
            "correct": sum(labels[n] == label for n in fits),
            "incorrect": sum(labels[n] not in (label, "") for n in fits),
            "missed": sum(labels[n] == label and n not in fits for n in range(24)),
            "hits": sum(labels[n] == "" for n in fits),
        }
        known = expected["correct"] + expected["incorrect"]
        expected["accuracy"] = expected["correct"] / known if known else None
        assert {name: got[name] for name in expected} == expected


def test_a_rule_is_a_filter_of_the_selection(client: TestClient, windows: str) -> None:
    """Rows 28 and 34."""
    body = {"expression": "low_hz >= 1000 and contains('SEA')"}
    header, mask = read_values(client.post(f"/api/v1/collections/{windows}/rules/clips", json=body).content)
    assert header["dtype"] == "uint8"
    assert np.flatnonzero(mask).tolist() == list(range(10, 24))
    assert client.post(f"/api/v1/collections/{windows}/rules/clips", json={"expression": "x"}).status_code == 400


@pytest.mark.parametrize(
    ("expression", "place"),
    [
        ("score > 0.5 and scores < 2", "scores"),
        ("  label == 1", "label"),
        ("contains('ü') and\n hour > 'x'", "'x'"),
        ("score = 5", "="),
        ("score >", ""),
        ("score.x > 1", "score.x"),
        ("matches('(') or score > 1", "matches('(')"),
        ("score", "score"),
    ],
)
def test_a_fault_has_its_place(client: TestClient, windows: str, expression: str, place: str) -> None:
    """One rule with a fault does not hide what the others do."""
    body = {"rules": [{"expression": expression, "label": "call"}, {"expression": "low_hz < 500", "label": "call"}]}
    odd, good = client.post(f"/api/v1/collections/{windows}/rules", json=body).json()["items"]
    assert (odd["covered"], good["covered"], good["fault"]) == (0, 5, None)
    assert expression[odd["fault"]["start"] : odd["fault"]["end"]] == place
    assert odd["fault"]["message"]
    assert "<unknown>" not in odd["fault"]["message"]


def test_clips_are_marked_as_hover_does(client: TestClient, windows: str) -> None:
    """Row 34."""
    body = {"expression": "low_hz < 1500", "label": "call"}
    header, marks = read_values(client.post(f"/api/v1/collections/{windows}/rules/marks", json=body).content)
    names = [header["categories"][mark] for mark in marks]
    assert names[:15] == ["correct", "incorrect"] * 6 + ["hit"] * 3
    assert set(names[15:]) == {""}
    body["expression"] = "low_hz > 9000"
    _, marks = read_values(client.post(f"/api/v1/collections/{windows}/rules/marks", json=body).content)
    assert [header["categories"][mark] for mark in marks] == ["missed", ""] * 6 + [""] * 12


def test_rules_are_kept_with_the_collection(client: TestClient, workspace: Workspace, plain: str) -> None:
    at = f"/api/v1/collections/{plain}/rules"
    wanted = {"expression": "duration < 5", "label": "call", "annotator": "Ann"}
    assert client.put(f"{at}/one", json=wanted).json()["who"] == "Ann"
    client.put(f"{at}/two", json={"expression": "hour > 5", "label": "noise"})
    client.put(f"{at}/one", json=wanted | {"expression": "duration < 9", "annotator": "Ben"})
    kept = client.get(at).json()["items"]
    assert [(each["rule_id"], each["expression"], each["who"]) for each in kept][0] == ("one", "duration < 9", "Ben")
    assert len(kept) == 2
    lines = client.put(f"{at}/lines", json=wanted | {"expression": "duration < 9\n\tand hour > 5"}).json()
    assert lines["expression"] == "duration < 9  and hour > 5"
    assert client.delete(f"{at}/lines").status_code == 204
    refused = client.put(f"{at}/one", json=wanted | {"expression": "whales > 5"})
    assert refused.status_code == 400
    assert client.put(f"{at}/..x", json=wanted).status_code == 400
    assert client.put(f"{at}/three", json=wanted | {"label": ""}).status_code == 400
    assert client.delete(f"{at}/two").status_code == 204
    assert client.delete(f"{at}/two").status_code == 404
    assert client.get(at).json()["items"] == kept[:1]

    # A label that gets another name has it in rules, too.
    (renamed,) = [each for each in client.get("/api/v1/rounds").json()["items"]]
    assert client.post(f"/api/v1/rounds/{renamed['id']}/labels/rename", json={"old": "call", "new": "cry"}).is_success
    assert client.get(at).json()["items"][0]["label"] == "cry"

    # They are in the store: the database can be made anew, and the objects, too.
    rows = dump(workspace)
    assert not doctor.examine(workspace, contents=True).findings
    assert rebuild(workspace, replace=True).problems == ()
    assert dump(workspace) == rows
    folder = workspace.settings.data_dir / "store" / "explore" / plain / "rules"
    first, second, *_ = sorted(folder.iterdir())
    before = (first.read_bytes(), second.read_bytes())
    first.unlink()
    second.write_bytes(b"{")
    doctor.examine(workspace, repair=True, contents=True)
    assert (first.read_bytes(), second.read_bytes()) == before
    assert client.get("/api/v1/collections/nothing/rules").status_code == 404


def test_neighbours_are_the_nearest_labelled_clips(workspace: Workspace, windows: str) -> None:
    directions = search.get_space(workspace, collection_id=windows).directions
    labels = np.array([("call", "noise")[number % 2] for number in range(12)])
    fits = rules.find_fitting(workspace, collection_id=windows, expression="neighbours('call') > 0.5")
    for number in range(24):
        others = [other for other in range(12) if other != number]
        nearest = sorted(others, key=lambda other: -float(directions[number] @ directions[other]))[:10]
        assert fits[number] == ((labels[nearest] == "call").mean() > 0.5)


def test_too_many_rules_and_labels_that_cannot_be_are_refused(workspace: Workspace, windows: str) -> None:
    with pytest.raises(InvalidInput, match="At most 50"):
        rules.measure_rules(workspace, collection_id=windows, rules=[Rule("score > 1", "call")] * 51)
    with pytest.raises(InvalidInput):
        Rule("score > 1", "")
