"""What models find in rounds and recordings, and which sessions people should see because of it."""
