"""HLS archives and live streams, such as Orcasound's, taken in as recordings of a round."""
