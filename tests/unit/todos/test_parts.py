"""What belongs to a tag: the quick look at those with nothing but text finds what reading part by part does."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from issuelens.todos.parts import Parts, read_each_part, read_parts

PIECES = st.lists(
    st.sampled_from(
        [
            ":",
            ":",
            " ",
            "\t",
            "*",
            "(",
            ")",
            "[",
            "]",
            "@",
            "=",
            ">",
            "a",
            "ann",
            "p1",
            "due 2027-01-31",
            "#12",
            "-",
            "é",
        ]
    ),
    max_size=8,
).map("".join)


def values(parts: Parts) -> dict[str, object]:
    return {name: getattr(parts, name) for name in Parts.__slots__}


@given(PIECES, st.sampled_from(["", "", "(", "[", "<", "@"]), st.integers(0, 8))
def test_the_quick_look_finds_the_same(behind: str, opened: str, left: int) -> None:
    text, end = f"TODO{behind}", max(4, 4 + len(behind) - left)
    assert values(read_parts(text, 4, end, {"app"}, opened)) == values(read_each_part(text, 4, end, {"app"}, opened))
