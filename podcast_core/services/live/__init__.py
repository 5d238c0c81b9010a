"""Live sound: heard, seen and recorded into a round while it comes."""
