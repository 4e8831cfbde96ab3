"""The network: its configuration, its file, and its prediction in plain Python."""
