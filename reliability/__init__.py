"""Long trials of what Issuelens promises: nothing leaks, nothing is lost, nothing hostile gets through.

`make soak`, `make crash` and `make fuzz` run them in full; `make test` runs short forms of the same code. The figures of
the last full runs are in docs/reliability.md. Nothing here is part of the product.
"""
