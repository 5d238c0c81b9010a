"""Long work: the queue of jobs, their kinds, and the processes that do them."""
