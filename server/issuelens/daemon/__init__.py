"""The daemon: one process per workspace, the only writer. Routes, handlers, group commit, event stream, lifetime."""
