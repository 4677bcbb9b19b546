"""The command line: reads words, talks to the daemon, shows text, tables or JSON. Starts fast: imports late."""
