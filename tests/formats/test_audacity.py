import pytest

from podcast_core.errors import InvalidInput
from podcast_core.formats import audacity, find_formats
from podcast_core.formats.contents import NOT_USED, Batch, Contents


def test_audacity_labels_have_a_second_line_for_frequencies(batch: Batch) -> None:
    assert audacity.write(batch)["OS_1.txt"] == b"1.5\t2.0\tcall\n5.5\t6.25\tclick\n\\\t100.0\t2000.0\n"


def test_audacity_labels_as_audacity_writes_them() -> None:
    upper = "2.000000\t2.500000\tupper\r\n\\\t-1.000000\t6334.588867\r\n"
    lower = "3.000000\t3.500000\r\n\\\t8908.015625\t-1.000000\r\n"
    boxes = [audacity.read("rec.ch2.txt", text.encode()).annotations for text in (upper, lower)]
    assert [(box.name, box.channel, box.label, box.low_hz, box.high_hz) for [box] in boxes] == [
        ("rec", 1, "upper", None, 6334.588867),
        ("rec", 1, "", 8908.015625, None),
    ]


def test_blanks_around_a_label_and_text_after_it() -> None:
    contents = audacity.read("rec.txt", b"3.5\t4.25\t call \n5\t6\t\n7\t8\twhistle\textra\n")
    assert [(box.start_s, box.label, box.label_is_blank) for box in contents.annotations] == [
        (3.5, "call", False),
        (5.0, "", True),
        (7.0, "whistle", False),
    ]
    assert [(guess.what, guess.value) for guess in contents.guesses] == [(NOT_USED, "extra")]


def test_birdnets_labels_bring_their_confidence() -> None:
    data = b"3.0\t6.0\tParus major, Great Tit\t0.8123\n"
    [box] = audacity.read("rec.txt", data).annotations
    assert (box.label, box.score, box.name) == ("Parus major, Great Tit", 0.8123, "rec")


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"\r\n \n"])
def test_an_empty_track_is_a_track_without_labels(data: bytes) -> None:
    assert find_formats("rec.txt", data) == ["audacity"]
    assert audacity.read("rec.txt", data) == Contents()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("\\\t1\t2\n", "x.txt, line 1: expected a label before its frequencies"),
        ("1\t2\ta\nhello\n", "x.txt, line 2: expected a number in start, found 'hello'"),
        ("1\n", "x.txt, line 1: expected a number in end, found nothing"),
    ],
)
def test_audacity_labels_that_cannot_be_used_are_refused(text: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        audacity.read("x.txt", text.encode())
