"""Models: which there are, tried out, put in use, taken out of sight; and what each has learnt from."""
