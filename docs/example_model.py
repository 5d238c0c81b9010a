"""Turn a PyTorch module into a model of Pod.Cast: a network that says whether a band is loud.

``python docs/example_model.py band`` makes the folder ``band``; then
``python -m podcast_core models import band --name band`` and ``python -m podcast_core models try band night.wav``.
"""

# %%
import sys
from pathlib import Path

import torch

RATE, WINDOW = 16_000, 16_000  # Hz, samples: windows of 1 s
folder = Path(sys.argv[1])
folder.mkdir()


# %% A network: from samples of windows, shape (batch, samples), to a logit per label, shape (batch, 1)
class Band(torch.nn.Module):
    """Says whether more than 5 % of the power lies between 2 and 4 kHz."""

    def forward(self, windows: torch.Tensor) -> torch.Tensor:
        """Compare powers."""
        power = torch.fft.rfft(windows).abs().square()
        share = power[:, 2000:4000].sum(dim=1) / (power.sum(dim=1) + 1e-9)
        return 20 * (share[:, None] - 0.05)


# %% Export it for batches of any size
program = torch.export.export(Band(), (torch.zeros(2, WINDOW),), dynamic_shapes=({0: torch.export.Dim("batch")},))
torch.export.save(program, folder / "band.pt2")

# %% Its card
(folder / "model.yaml").write_text(f"""
format: torch-export
weights: band.pt2
sample_rate_hz: {RATE}
window_s: {WINDOW / RATE}
hop_s: 0.5
labels: [call]
output: {{values: logits}}
smoothing: mean
threshold: 0.6
""")
print(f"{folder}: {', '.join(path.name for path in sorted(folder.iterdir()))}")
