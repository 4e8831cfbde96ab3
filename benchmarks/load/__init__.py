"""How much `whichcode serve` takes: throughput, latency, overload and memory, over the loopback interface."""
