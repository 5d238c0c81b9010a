"""People's work: rounds, the queue, answers, reviews, verdicts, and how far it has come."""
