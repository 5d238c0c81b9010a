"""What is seen and heard of sessions and recordings: spectrograms, stretches with sound, sound itself."""
