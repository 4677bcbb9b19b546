"""Pure data and functions: what an issue is, and what may happen to it. No input or output of any kind."""
