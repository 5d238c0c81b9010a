"""The HTTP door: one module per protocol, and one table from our errors to status codes."""
