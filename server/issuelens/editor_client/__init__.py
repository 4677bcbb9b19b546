"""A played editor: a language client without a screen, for the demo, the leak check and the benchmarks.

It starts the real server as a child process and speaks to it over standard input and output, as an editor does. No part
of the product depends on it.
"""
