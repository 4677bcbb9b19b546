"""The one write path: within one transaction, an operation is checked, done, recorded and turned into an event."""
