"""One module per command; `cli.main` imports the one that is run."""
