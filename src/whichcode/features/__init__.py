"""What is counted in a text, which of it is worth counting, and the bag of one text or of many."""
