"""What clients of WhisperSeg's audio backend ask for."""
