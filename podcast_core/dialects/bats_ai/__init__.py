"""The dialect of bats_ai."""
