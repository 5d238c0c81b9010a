"""Where facts are kept: SQL (one query module per noun) and bytes by key. Rows never leave this package."""
