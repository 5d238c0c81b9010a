"""Data sets: releases made of rounds, split fairly, checked, and what they keep for testing."""
