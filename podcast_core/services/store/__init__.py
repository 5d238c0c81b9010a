"""The file store is the truth: facts as objects, the database made anew from them, and what differs."""
