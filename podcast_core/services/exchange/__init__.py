"""In and out: predictions, annotations and rounds in the formats and layouts of other programs."""
