"""How fast whichcode and its peers are, measured in one run on the same texts; see benchmarks/README.md."""
