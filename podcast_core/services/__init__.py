"""What people can do with Pod.Cast. Every rule lives here; pages, HTTP API and command line only call."""
