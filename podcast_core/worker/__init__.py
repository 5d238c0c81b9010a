"""The worker: the process that takes jobs from the queue, and what does each kind of them."""
