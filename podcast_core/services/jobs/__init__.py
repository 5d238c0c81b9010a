"""Jobs: the queue of long work, what kinds there are, and what a running job may call."""
