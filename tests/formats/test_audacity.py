import pytest

from podcast_core.errors import InvalidInput
from podcast_core.formats import audacity
from podcast_core.formats.contents import Batch


def test_audacity_labels_have_a_second_line_for_frequencies(batch: Batch) -> None:
    assert audacity.write(batch)["OS_1.txt"] == b"1.5\t2.0\tcall\n5.5\t6.25\tclick\n\\\t100.0\t2000.0\n"


def test_audacity_labels_as_audacity_writes_them() -> None:
    upper = "2.000000\t2.500000\tupper\r\n\\\t-1.000000\t6334.588867\r\n"
    lower = "3.000000\t3.500000\r\n\\\t8908.015625\t-1.000000\r\n"
    boxes = audacity.read("rec.ch2.txt", (upper + lower).encode()).annotations
    assert [(box.name, box.channel, box.label, box.low_hz, box.high_hz) for box in boxes] == [
        ("rec", 1, "upper", None, 6334.588867),
        ("rec", 1, "", 8908.015625, None),
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2.15\t2.15\tpoint\n", "x.txt, line 1: expected a label with a length, found a point label"),
        ("\\\t1\t2\n", "x.txt, line 1: expected a label before its frequencies"),
        ("1\t2\ta\nhello\n", "x.txt, line 2: expected a number in start, found 'hello'"),
        ("1\n", "x.txt, line 1: expected a number in end, found nothing"),
    ],
)
def test_audacity_labels_that_cannot_be_used_are_refused(text: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        audacity.read("x.txt", text.encode())
