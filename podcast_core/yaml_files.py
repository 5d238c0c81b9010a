"""YAML that somebody wrote: values only, of one size in the file and in memory."""

from typing import Any

import yaml

from podcast_core.errors import InvalidInput

MAX_BYTES = 1 << 20  # chosen: people write kilobytes
MAX_DEEP = 50  # chosen: cards have three or four levels


def load_yaml(name: str, data: bytes, *, all_text: bool = False) -> Any:
    """Read YAML; ``all_text``: every value is text, as it is written.

    Raises
    ------
    InvalidInput
        With line and column where it stops being YAML. Aliases are refused: nine lines of them are a billion values.
    """
    loader = yaml.BaseLoader if all_text else yaml.SafeLoader
    if len(data) > MAX_BYTES:
        raise InvalidInput(f"{name}: expected at most {MAX_BYTES:,} bytes of YAML, found {len(data):,}")
    try:
        depth = 0
        for event in yaml.parse(data, loader):
            place = f"{name}, line {event.start_mark.line + 1}, column {event.start_mark.column + 1}"
            if isinstance(event, yaml.AliasEvent):
                raise InvalidInput(f"{place}: expected values, found an alias (*{event.anchor[:40]})")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEEP:  # the reader's time grows with its square
                raise InvalidInput(f"{place}: expected YAML, found something else (nested too deeply)")
        return yaml.load(data, Loader=loader)  # nosec B506  # both loaders make nothing but plain values
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise InvalidInput(f"{name}{place}: expected YAML, found something else ({error.problem})") from error
    except (yaml.YAMLError, ValueError, OverflowError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise InvalidInput(f"{name}: expected YAML, found something else ({error})") from error  # a date that is none
