"""Samples: audio files in, pictures and sound out."""
