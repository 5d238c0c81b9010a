"""Models: trained, measured, compared, promoted, and put to use within a session."""
