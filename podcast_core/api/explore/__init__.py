"""Explore: collections of clips over HTTP, one module per thing that is done with them."""
