"""Training: from a corpus and a configuration to a model file."""
