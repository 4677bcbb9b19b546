"""Issuelens: an issue tracker that lives in the editor."""

__version__ = "0.1.0"
