"""The dialect of WhisperSeg's audio backend (vocal-annotation-backend)."""
