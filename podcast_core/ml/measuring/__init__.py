"""How good a detector is: calls matched with the truth, figures, thresholds and intervals."""
