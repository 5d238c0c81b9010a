"""Sounds as vectors: near each other where sounds are alike. No weights are needed, and none are fetched."""
