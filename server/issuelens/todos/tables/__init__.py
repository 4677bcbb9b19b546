"""The languages: their forms, and the names under which files and editors know them."""
