"""`issuelens demo`: a real session, played on a sample or on a folder of the user's own."""
