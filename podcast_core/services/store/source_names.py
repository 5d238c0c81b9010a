"""What recordings are called: addresses in the file store, and the names under which they were sent.

A key of the file store cannot hold every name. So the address of an upload says the name behind a ``#``, where the key
had to change it: ``store:uploads/DIGEST/its_2.wav#it%27s%20%232.wav``.
"""

import os
import re
import unicodedata
from pathlib import PurePath
from urllib.parse import quote, unquote

from podcast_core.remote.access import is_url, name_file

STORED = "store:"  # how the address of audio in the file store begins
MAX_KEY_BYTES = 120  # of a name within a key; the rest is a digest and a folder
MAX_NAME_LENGTH = 255  # what file systems take
MAX_PATH_LENGTH = 1000  # chosen: what people have, with folders


def make_address(key: str, name: str) -> str:
    """Make the address of an object in the file store that was sent under a name."""
    original = clean_path(name)
    return f"{STORED}{key}" if original == key.rpartition("/")[2] else f"{STORED}{key}#{quote(original)}"


def split_address(uri: str) -> tuple[str, str]:
    """Take the name off an address: the address of the audio, and the path and name under which it was sent."""
    if not uri.startswith(STORED):
        return uri, (name_file(uri) or uri) if is_url(uri) else PurePath(uri).name
    address, _, name = uri.partition("#")
    return address, clean_path(unquote(name)) if name else address.rpartition("/")[2]


def name_source(uri: str) -> str:
    """Say what a file at an address is called, without its folders."""
    return split_name(split_address(uri)[1])[0]


def show_source(uri: str) -> str:
    """Name a file for people: an upload by its name, any other by its address, in signs that can be written."""
    text = split_address(uri)[1] if uri.startswith(STORED) else uri
    return text if is_text(text) else os.fsencode(text).decode(errors="backslashreplace")


def is_text(name: str) -> bool:
    """Tell whether a name can be written as text; what a file system has in another code than UTF-8 cannot."""
    return not any("\ud800" <= sign <= "\udfff" for sign in name)


def split_name(path: str) -> tuple[str, str]:
    """Split what was sent into the file's name, and all of it where that is more."""
    name = path.rpartition("/")[2]
    return name, "" if name == path else path


def clean_path(name: str) -> str:
    """Clean the path and name under which a file was sent of what no database holds; the rest stays as it is."""
    signs = ("_" if unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") else sign for sign in name)
    parts = re.split(r"[/\\]", "".join(signs))
    kept = [part for part in parts if part.strip() not in ("", ".", "..") and not re.fullmatch("[A-Za-z]:", part)]
    if not kept:
        return "recording"
    return "/".join([*kept[:-1], kept[-1][-MAX_NAME_LENGTH:]])[-MAX_PATH_LENGTH:].lstrip("/")


def make_key_name(name: str) -> str:
    """Make the last part of a key of a name, as much like it as every file system allows."""
    cleaned = re.sub(r'[\x00-\x1f\x7f:*?"<>|%#]', "_", split_name(clean_path(name))[0]).strip(". ")
    return cleaned.encode()[-MAX_KEY_BYTES:].decode(errors="ignore").lstrip(".~ ") or "recording"
