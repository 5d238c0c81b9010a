"""New files for their owner only, and no harm to databases that are open."""

import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

from podcast_core.storage.private import make_private_file


def test_a_file_is_made_once_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.sqlite"
    make_private_file(path)
    assert [stat.S_IMODE(each.stat().st_mode) for each in (path, path.parent)] == [0o600, 0o700]
    path.chmod(0o640)
    path.write_bytes(b"x")
    make_private_file(path)
    assert (stat.S_IMODE(path.stat().st_mode), path.read_bytes()) == (0o640, b"x")


def test_a_database_that_is_open_keeps_its_locks(tmp_path: Path) -> None:
    """Opening and closing its file took them away: the next process that came and went cleared the journal away."""
    path = tmp_path / "a.sqlite"
    other = (
        f"import sqlite3; c = sqlite3.connect({str(path)!r}); c.execute('INSERT INTO t VALUES (1)'); "
        "c.commit(); c.close()"
    )
    with sqlite3.connect(path) as mine:
        mine.execute("PRAGMA journal_mode=WAL")
        mine.execute("CREATE TABLE t (n)")
        mine.commit()
        make_private_file(path)
        for count in (1, 2):
            subprocess.run([sys.executable, "-c", other], check=True)
            assert mine.execute("SELECT count(*) FROM t").fetchone() == (count,)
            assert path.with_name("a.sqlite-wal").exists()
    mine.close()
