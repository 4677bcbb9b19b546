"""Issues in git: what is committed, merged and pushed of them, and when that is refused."""
