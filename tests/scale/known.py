"""What is known to work more the larger a round is: to be emptied."""

# Pages and routes, and how many steps of SQLite's machine each session of the round costs them.
GROWING: dict[str, int] = {}
