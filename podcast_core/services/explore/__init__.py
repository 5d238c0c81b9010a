"""Many clips at once: described by vectors, drawn as maps, searched, and labelled in bulk."""
