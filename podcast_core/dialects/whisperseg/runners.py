"""What does the jobs of this dialect."""

from podcast_core.dialects.whisperseg import training

RUNNERS = {"finetune": training.run}
