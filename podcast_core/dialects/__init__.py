"""Adapters: what exists only to speak the language of another system, one folder each, over the same services."""
