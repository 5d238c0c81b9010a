"""The built-in segmenter: features, network, training, tuning and decoding."""
