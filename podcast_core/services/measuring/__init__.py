"""Measurements of annotations: made from their sound, kept, and given to pages, scripts and exports."""
