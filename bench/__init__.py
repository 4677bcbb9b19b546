"""Benchmarks: each measures us and something to compare with, in turn, in the same run (`make bench`)."""
