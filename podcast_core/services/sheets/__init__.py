"""Sheets: tables of predictions that somebody looks at with their recordings, without making a round."""
