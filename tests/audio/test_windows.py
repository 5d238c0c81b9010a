"""Our windows are those of SciPy, bit for bit; and a picture is made without its slow imports."""

import subprocess
import sys

import numpy as np
import pytest
from scipy.signal import get_window

from podcast_core.audio.windows import make_window
from podcast_core.domain.display import WINDOW_TYPES, WindowType

PICTURE = """
import sys, numpy as np
from podcast_core.audio import spectrogram
from podcast_core.audio.grid import Grid
plan = spectrogram.plan_picture(Grid(width_px=9, height_px=64, end_s=1.0, high_hz=4000.0), 8000)
spectrogram.compute_decibels(plan, [np.ones(8000, np.float32)])
assert "scipy.fft" in sys.modules and "scipy.signal" not in sys.modules
"""


@pytest.mark.parametrize("window_type", WINDOW_TYPES)
@pytest.mark.parametrize("samples", [1, 2, 3, 64, 511, 512, 4097])
def test_windows_are_those_of_scipy(window_type: WindowType, samples: int) -> None:
    assert np.array_equal(make_window(window_type, samples), get_window(window_type, samples))
    at_both_ends = make_window(window_type, samples, is_periodic=False)
    assert np.array_equal(at_both_ends, get_window(window_type, samples, fftbins=False))


def test_a_picture_needs_no_slow_import() -> None:
    subprocess.run([sys.executable, "-c", PICTURE], check=True)
