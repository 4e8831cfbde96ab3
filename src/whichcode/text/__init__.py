"""From bytes to clean text, from text to tokens, lines and windows. Standard library alone."""
