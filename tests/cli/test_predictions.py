"""Predictions looked at without a server."""

from pathlib import Path

from tests.cli.conftest import Run
from tests.conftest import MakeWav


def test_precision_and_recall_on_the_command_line(run: Run, make_wav: MakeWav, tmp_path: Path) -> None:
    for name in ("one.wav", "two.wav"):
        make_wav(f"sound/{name}", seconds=5)
    found, truth, other = (tmp_path / f"{name}.csv" for name in ("found", "truth", "other"))
    head = "file,start,end,label,score\n"
    found.write_text(
        f"{head}one.wav,1,2,whale,0.9\none.wav,3,4,whale,0.2\ntwo.wav,1,2,boat,0.8\nelse.wav,1,2,boat,0.8\n"
    )
    truth.write_text(f"{head}one.wav,1,2,whale,\none.wav,4.2,4.9,whale,\n")
    other.write_text(f"{head}one.wav,1,2,ship,1\n")
    asked = (found, tmp_path / "sound", "--truth", truth, "--other", other, "--threshold", "0.5")
    status, out, err = run("predictions", *asked)
    assert (status, "2 predictions with a score from 0.5 on in 2 recordings of 2" in out) == (0, True)
    [line] = [each.split() for each in out.splitlines() if each.startswith("whale")]
    assert line == ["whale", "2", "1", "1", "1.000", "0.500", "0.667", "0.9", "(0.9", "to", "0.9)"]
    assert "1 prediction where the truth says nothing: not counted" in out
    assert "0 matched, 1 only in found.csv, 0 only in the other, 1 with another label" in out
    assert "left out, its recording is not here: 1 row (else.wav)" in err
    status, _, err = run("predictions", found, tmp_path / "nowhere")
    assert (status, "There is no such file or folder" in err) == (1, True)
