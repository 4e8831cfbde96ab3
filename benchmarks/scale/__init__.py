"""What labelling many files costs, and making windows to train on, measured on one machine; see docs/scale.md."""
