"""What the benchmarks compare with: the least that could do the same."""
