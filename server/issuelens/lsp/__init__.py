"""The language server: one process per editor, one Session per open workspace. The only room that knows pygls."""
