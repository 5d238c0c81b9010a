"""The settings: how long, how large, how many; read once from ``PODCAST_*`` environment variables or ``.env``."""

from getpass import getuser
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from podcast_core.errors import InvalidInput

DEVICES = r"auto|cpu|mps|cuda(:[0-9]{1,2})?"  # where models can be told to run


def _default_annotator() -> str:
    """Name the person by the login name of this machine; not every container has one."""
    try:
        return getuser()
    except (KeyError, OSError):
        return "me"


class Settings(BaseSettings):
    """All that can be set from outside. Every field is documented in docs/settings.md."""

    model_config = SettingsConfigDict(env_prefix="PODCAST_", env_file=".env", extra="ignore", frozen=True)

    data_dir: Path = Field(default=Path("data"), description="folder of the database and of the file store")
    database_url: str = Field(default="", description="SQLAlchemy URL; empty: SQLite in the data folder")
    storage_url: str = Field(default="", description="fsspec URL of the file store; empty: in the data folder")
    storage_endpoint_url: str = Field(default="", description="endpoint of an S3 server that is not Amazon's")
    storage_anonymous: bool = Field(default=False, description="read S3 buckets without credentials")
    storage_timeout_s: float = Field(default=30.0, gt=0, description="how long one request to a bucket may take")
    storage_attempts: int = Field(default=4, ge=1, le=20, description="tries of a request, with back-off")
    allow_private_urls: bool = Field(default=False, description="fetch from private and loopback addresses too")
    largest_fetch_mb: int = Field(default=4096, gt=0, description="largest file that is fetched by URL, in 10^6 bytes")
    local_workers: int = Field(default=1, ge=0, le=16, description="worker processes that the app starts")
    device: str = Field(default="auto", pattern=f"^({DEVICES})$", description="where models run")
    access: Literal["auto", "open", "tokens"] = Field(default="auto", description="who needs a token")
    sign_in_from: str = Field(
        default="",
        description="e-mail addresses and domains (@example.org), parted by commas, whose people may log in by OIDC",
    )
    sign_in_role: Literal["viewer", "annotator", "reviewer"] = Field(
        default="annotator", description="what somebody may do who logs in by OIDC for the first time"
    )
    sign_in_hours: float = Field(default=12.0, gt=0, le=24 * 90, description="how long a login by OIDC lasts")
    largest_upload_mb: int = Field(default=1024, gt=0, description="largest body of a request, in 10^6 bytes")
    longest_upload_hours: float = Field(default=24.0, gt=0, description="longest recording that is uploaded")
    largest_cache_mb: int = Field(
        default=2000, ge=0, description="pictures that are kept to be shown again, in 10^6 bytes; the oldest go"
    )
    least_free_mb: int = Field(
        default=1000, ge=0, description="disk that is left for labels, in 10^6 bytes; large files are refused before"
    )
    most_sent_mb: int = Field(
        default=500_000, ge=0, description="what all people together may send, in 10^6 bytes; 0: no limit"
    )
    most_sent_each_mb: int = Field(
        default=50_000, ge=0, description="what the person of a token may send, in 10^6 bytes; 0: no limit"
    )
    recording_folders: str = Field(
        default="", description="folders, parted by commas, that may be named once others can reach the server"
    )
    most_channels: int = Field(default=64, ge=1, le=1024, description="channels of one recording")
    lowest_rate_hz: int = Field(default=100, ge=1, description="lowest sample rate of a recording")
    highest_rate_hz: int = Field(default=2_000_000, ge=1, description="highest sample rate of a recording")
    decode_s: float = Field(default=600.0, ge=1, description="computing time for decoding one file")
    decode_memory_mb: int = Field(default=1024, ge=256, description="memory of a decoder process, in 10^6 bytes")
    longest_answer_s: float = Field(default=300.0, gt=0, description="how long one answer of a model is computed")
    request_log: str = Field(default="", description="a file, or stderr, with a line per HTTP request")
    most_jobs: int = Field(default=200, gt=0, le=10_000, description="jobs that may wait or run at a time")
    most_pages: int = Field(default=300, gt=0, description="pages that may be open at a time, in all")
    most_pages_each: int = Field(default=40, gt=0, description="pages that one person may have open at a time")
    pictures_per_minute: int = Field(default=600, gt=0, description="expensive requests of one token")
    network_s: float = Field(default=300.0, gt=0, description="longest time of one step of a network from a file")
    network_memory_mb: int = Field(default=16_384, gt=0, description="memory of a network from a file, in 10^6 bytes")
    annotator: str = Field(default_factory=_default_annotator, min_length=1, max_length=80)
    claim_minutes: float = Field(
        default=15.0, gt=0, le=24 * 60, description="how long a session is held for one person"
    )

    audio_id_hours: float = Field(
        default=48.0, gt=0, description="how long an audio id of the audio backend lives without being used"
    )

    stun_servers: str = Field(
        default="",
        description="stun: URLs, parted by commas, by which browsers outside this network find a way for live sound",
    )
    turn_server: str = Field(default="", description="turn: or turns: URL of a relay for live sound")
    turn_user: str = Field(default="", description="user name at the relay")
    turn_password: str = Field(default="", description="password at the relay")
    allowed_origins: str = Field(
        default="", description="sites, parted by commas, whose pages may use the HTTP routes from a visitor's browser"
    )

    @property
    def resolved_database_url(self) -> str:
        """The database's URL with the default filled in."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'podcast.sqlite').resolve()}"

    @property
    def resolved_jobs_url(self) -> str:
        """The URL of the job queue: beside the tables on PostgreSQL, where machines share it, else a file."""
        if self.database_url and not self.database_url.startswith("sqlite"):
            return self.database_url
        return f"sqlite:///{(self.data_dir / 'jobs.sqlite').resolve()}"

    @property
    def resolved_storage_url(self) -> str:
        """The file store's URL with the default filled in."""
        return self.storage_url or str((self.data_dir / "store").resolve())


def read_settings(**overrides: object) -> Settings:
    """Read the settings.

    Raises
    ------
    InvalidInput
        With the name of each setting that cannot be read, what was expected and what was found.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # pydantic checks the values
    except ValidationError as error:
        lines = [
            f"PODCAST_{str(problem['loc'][0]).upper()}: {problem['msg']}, found {problem['input']!r}"
            for problem in error.errors()
        ]
        raise InvalidInput("Settings cannot be read.\n" + "\n".join(lines)) from error
