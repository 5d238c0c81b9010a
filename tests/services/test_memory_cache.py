from podcast_core.services.pictures.memory_cache import Held


def test_what_was_computed_last_is_held_up_to_a_number_of_bytes() -> None:
    blocks = Held[bytes](100, len)
    blocks.add(("a", 0), b"a" * 40)
    blocks.add(("b", 0), b"b" * 40)
    assert blocks.find(("a", 0)) == b"a" * 40  # used again, so "b" is the one that goes
    blocks.add(("c", 0), b"c" * 40)
    assert blocks.find(("b", 0)) is None
    assert blocks.find(("a", 0)) is not None
    blocks.add(("c", 0), b"c" * 60)
    assert blocks.find(("a", 0)) is not None
    blocks.add(("d", 0), b"d" * 200)  # larger than all that may be held
    assert blocks.find(("d", 0)) is None
    assert blocks.find(("a", 0)) is None
