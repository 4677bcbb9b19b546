"""The parts of an issue's document."""

from __future__ import annotations

from issuelens.lsp.features.document_symbol import sections


def test_own_parts_are_above_headings_of_their_texts() -> None:
    text = "---\nid: a\n---\nWords.\n## Heading ##\n\n## Notes <!-- issuelens:notes -->  \n### Below\n#none\n##   \n"
    found = [(one.name, one.level, one.line) for one in sections(text)]
    assert found == [
        ("Fields", 1, 0),
        ("Description", 1, 3),
        ("Heading ##", 3, 4),
        ("Notes", 1, 6),
        ("Below", 4, 7),
    ]


def test_a_long_line_of_blanks_takes_no_time() -> None:
    # Were the blanks shared out in every way, it would never end.
    [one] = sections("# a" + " " * 200_000 + "b\n")
    assert one.level == 2
