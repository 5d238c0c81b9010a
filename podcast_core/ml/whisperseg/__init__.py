"""WhisperSeg checkpoints: read, run, trained further."""
