"""The registry: models and their versions in the file store, and how they are loaded."""
