"""People: who works here, how they come in, and what becomes of their names."""
