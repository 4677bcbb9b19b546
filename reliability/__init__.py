"""Long trials of what Issuelens promises: nothing leaks, nothing is lost, nothing hostile gets through.

`make soak`, `make crash` and `make fuzz` run them in full; `make test` runs short forms of the same code. What the last
full runs have counted stands in docs/reliability.md. None of this is part of the product.
"""
