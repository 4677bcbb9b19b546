"""Issues to and from files: issues.jsonl and the files of other trackers. Pure, but for the lines given."""
