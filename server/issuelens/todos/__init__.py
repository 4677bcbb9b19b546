"""Which comments of the code are TODOs: languages, lexing, grammar, scan and index. Knows nothing of the tracker."""
