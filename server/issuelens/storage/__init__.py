"""The database: tables, migrations, reads, writes, and SQLite's errors in our words. No rules about issues."""
