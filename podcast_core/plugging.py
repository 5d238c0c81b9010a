"""How the dialects are plugged in: each folder of `podcast_core.dialects` may bring any of these modules.

===================  =====================================================================================
module               holds
===================  =====================================================================================
``routes``           ``PROTOCOL``: its routes, what they need and what they cost (`podcast_core.api.protocols`)
``old_links``        ``find_new_address``: where an address that people have kept leads now
``commands``         ``app``: a group of commands with its name
``ingest_commands``  ``COMMANDS``: commands below ``ingest``, by name
``kinds``            ``KINDS``: kinds of jobs in words (`podcast_core.services.jobs.kinds`)
``runners``          ``RUNNERS``: what a worker does for a job of a kind
``formats``          ``FORMATS``: formats of files (`podcast_core.formats.format`)
===================  =====================================================================================

Nobody else knows a dialect by name, so that a folder can be added or removed, and nothing else changes.
"""

import pkgutil
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

PACKAGE = "podcast_core.dialects"
FOLDER = Path(__file__).parent / "dialects"


@cache
def load_parts(part: str) -> tuple[ModuleType, ...]:
    """Import a module of all dialects that have it, in the order of their names."""
    names = sorted(each.name for each in pkgutil.iter_modules([str(FOLDER)]) if each.ispkg)
    found = [each for each in names if (FOLDER / each / f"{part}.py").is_file()]
    return tuple(import_module(f"{PACKAGE}.{each}.{part}") for each in found)
