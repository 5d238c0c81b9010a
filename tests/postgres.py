"""A private PostgreSQL server: started once per test process in a folder of its own, ended with it.

Run as a script, install PostgreSQL where there is none: before tests in several processes, which would do it at once.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

# Tests do not need what is written to survive a power cut.
CONFIGURATION = """
listen_addresses = ''
unix_socket_directories = '{folder}'
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 120
shared_buffers = 64MB
autovacuum = on
log_min_messages = warning
"""

MISSING = "needs PostgreSQL 15 or newer: apt-get install postgresql, or put initdb on the PATH"

# The server ends when its input is closed: also when the test run is killed.
WATCH = '"$0" -D "$1" >>"$2" 2>&1 </dev/null & read _; kill -QUIT $!; wait $!'


@dataclass
class PostgresServer:
    """A running server, reached by a socket in its folder."""

    bin: Path
    folder: Path
    as_user: dict[str, Any]
    count: int = 0
    watch: subprocess.Popen[bytes] | None = None
    kept: dict[str, psycopg.Connection[Any]] = field(default_factory=dict)

    def url(self, name: str) -> str:
        """Name a database for ``PODCAST_DATABASE_URL``."""
        return f"postgresql://podcast@/{name}?host={self.folder}"

    def create(self, template: str = "template0") -> str:
        """Make a database, empty or as a copy of another, and return its name."""
        self.count += 1
        name = f"test_{self.count}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is connected to it."""
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def execute(self, statement: str, name: str = "postgres") -> None:
        """Run one statement outside of any transaction."""
        with self._connect(name) as connection:
            connection.execute(statement)  # made here, of names made here

    def execute_again(self, statement: str, name: str) -> None:
        """Run one statement as `execute`, by a connection that is kept for the next one."""
        if name not in self.kept or self.kept[name].closed:
            self.kept[name] = self._connect(name)
        self.kept[name].execute(statement)

    def _connect(self, name: str) -> psycopg.Connection[Any]:
        return psycopg.connect(
            host=str(self.folder), user="podcast", dbname=name, autocommit=True, options="-c lock_timeout=10s"
        )

    def start(self) -> None:
        """Start the server and wait until it answers."""
        command = ["sh", "-c", WATCH, str(self.bin / "postgres"), str(self.folder / "data"), str(self.folder / "log")]
        self.watch = subprocess.Popen(command, cwd=self.folder, stdin=subprocess.PIPE, **self.as_user)
        end = time.monotonic() + 60
        while True:
            try:
                return self.execute("SELECT 1")
            except psycopg.OperationalError:
                if time.monotonic() > end or self.watch.poll() is not None:
                    raise RuntimeError((self.folder / "log").read_text()) from None
            time.sleep(0.02)  # polling a start-up, not hoping for one

    def stop(self) -> None:
        """Stop the server at once; those who are connected lose their connections."""
        while self.kept:
            self.kept.popitem()[1].close()
        if self.watch is not None:
            self.watch.communicate(timeout=60)  # closes its input
            self.watch = None


@contextmanager
def run_postgres() -> Iterator[PostgresServer]:
    """Run a server until the block ends; skips the test where that is impossible."""
    binaries = find_binaries() or install_postgres()
    if binaries is None:
        pytest.skip(MISSING)
    folder = Path(tempfile.mkdtemp(prefix="podcast-pg-"))  # short: a socket's path has at most 107 bytes
    as_user: dict[str, Any] = {}
    if os.name == "posix" and os.geteuid() == 0:  # PostgreSQL refuses to run as root
        as_user = {"user": "postgres", "group": "postgres", "extra_groups": []}
        shutil.chown(folder, "postgres", "postgres")
    folder.chmod(0o755)
    server = PostgresServer(binaries, folder, as_user)
    try:
        command = [str(binaries / "initdb"), "-D", str(folder / "data"), "-U", "podcast", "-A", "trust", "-N"]
        # A collation that sorts as people do, not as bytes do: what depends on it is a fault.
        command += ["-E", "UTF8", "--locale-provider=icu", "--icu-locale=en", "--locale=C.UTF-8"]
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, **as_user)
        with (folder / "data" / "postgresql.conf").open("a") as file:
            file.write(CONFIGURATION.format(folder=folder))
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def find_binaries() -> Path | None:
    """Return the folder of the newest installed PostgreSQL from 15 on, or None."""
    installed = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    by_version = sorted(
        (path for path in installed if int(path.parent.name) >= 15), key=lambda path: int(path.parent.name)
    )
    if by_version:
        return by_version[-1]
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


def install_postgres() -> Path | None:
    """Install it by Debian's package manager when we are root, else leave it to people; then as `find_binaries`."""
    if os.name != "posix" or os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-q"], ["apt-get", "install", "-qy", "postgresql"]):
        subprocess.run(command, check=False, env=environment, stdout=subprocess.DEVNULL)
    return find_binaries()


if __name__ == "__main__":
    if not find_binaries():
        install_postgres()  # where that is impossible, the tests on it are skipped and say so
