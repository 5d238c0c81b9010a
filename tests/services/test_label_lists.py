"""Lists of labels as people paste and upload them."""

import pytest

from podcast_core.domain.label import make_labels
from podcast_core.errors import InvalidInput
from podcast_core.services.labels.label_lists import LabelList, append_labels, parse_label_list, read_label_list


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("call\nclick\nwhistle\n", LabelList(("call", "click", "whistle"))),
        ("call, click ,whistle", LabelList(("call", "click", "whistle"))),
        ("call\tclick\r\nwhistle\tbuzz", LabelList(("call", "click", "whistle", "buzz"))),
        ("call, short\tclick", LabelList(("call, short", "click"))),
        ('"call, short", click', LabelList(("call, short", "click"))),
        ("call\n\n call \nclick,,\n", LabelList(("call", "click"), ("call",), 3)),
        ("name,color,hotkey\nS1,#112233,1\nS2,,2\n", LabelList(("S1", "S2"), (), 0, ("color", "hotkey"))),
        ("\ufeffLabel\nСова\n鯨\n", LabelList(("Сова", "鯨"))),
        ("label", LabelList(("label",))),
        (" \n", LabelList((), (), 1)),
        ("", LabelList(())),
    ],
)
def test_a_list_is_read_as_it_was_meant(text: str, expected: LabelList) -> None:
    assert parse_label_list(text) == expected


def test_files_are_read_in_utf_8_and_utf_16() -> None:
    assert read_label_list("a.txt", "Сова\r\n鯨".encode()).names == ("Сова", "鯨")
    assert read_label_list("a.txt", "Сова\r\n鯨".encode("utf-16")).names == ("Сова", "鯨")
    with pytest.raises(InvalidInput, match=r"a.csv, line 2: expected text in UTF-8"):
        read_label_list("a.csv", "call\nmésange".encode("windows-1252"))


def test_what_is_no_list_is_refused() -> None:
    with pytest.raises(InvalidInput, match="at most 80 characters; found 81: 'xx"):
        parse_label_list("call," + "x" * 81)
    with pytest.raises(InvalidInput, match="at most 50,000 labels; this one has 50,001"):
        parse_label_list("\n".join(map(str, range(50_001))))
    with pytest.raises(InvalidInput, match="not a list of labels"):
        parse_label_list("x" * 200_000)


def test_what_is_appended_gets_colours_and_free_keys() -> None:
    found = append_labels(make_labels(["call", "click"]), ["click", "whistle", "whistle", *map(str, range(8))])
    assert [label.name for label in found] == ["call", "click", "whistle", *map(str, range(8))]
    assert [label.hotkey for label in found] == [*map(str, range(1, 10)), "", ""]
    assert len({label.color for label in found}) == 11
