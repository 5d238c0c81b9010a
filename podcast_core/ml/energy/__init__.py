"""The energy detector: no weights, nothing to download, and the baseline beside every model."""
