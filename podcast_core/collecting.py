"""The garbage collector, kept from looking through what holds no garbage."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collecting() -> Iterator[None]:
    """Let the garbage collector rest: it would look through a hundred thousand new objects again and again for rings.

    There are none in them. It is a fifth of the time that ten thousand labels take.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
