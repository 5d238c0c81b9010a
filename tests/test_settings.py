from pathlib import Path

import pytest

from podcast_core.errors import InvalidInput
from podcast_core.settings import read_settings


def test_an_unreadable_setting_is_named_with_what_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PODCAST_CLAIM_MINUTES", "soon")
    with pytest.raises(InvalidInput, match=r"PODCAST_CLAIM_MINUTES.*'soon'"):
        read_settings()


def test_everything_lies_in_the_data_folder_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PODCAST_DATA_DIR", str(tmp_path))
    settings = read_settings()
    assert settings.resolved_storage_url == str(tmp_path / "store")
    assert settings.resolved_database_url == f"sqlite:///{tmp_path / 'podcast.sqlite'}"
