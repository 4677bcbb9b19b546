"""Parts of a file of issues written anew: the same bytes as writing all of it."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuelens.daemon.shared_file import Splice

IDS = st.sampled_from([f"app-{one}" for one in ("1", "1.1", "1.10", "1.2", "2", "a", "b", "é", "z")])
FILES = st.dictionaries(IDS, st.text("xyzü{}", max_size=9))


def line(issue_id: str, title: str) -> bytes:
    return json.dumps({"id": issue_id, "title": title}, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def whole(titles: dict[str, str]) -> bytes:
    return b"".join(line(one, titles[one]) for one in sorted(titles))


@given(FILES, st.dictionaries(IDS, st.none() | st.text("xyz", max_size=30)), st.sampled_from([b"", b"no line\n"]))
def test_what_is_put_in_replaced_and_taken_out_stands_where_it_would(
    before: dict[str, str], changed: dict[str, Any], rest: bytes
) -> None:
    content = whole(before)
    after = {one: title for one, title in (before | changed).items() if title is not None}
    lines = {one: None if title is None else line(one, title) for one, title in changed.items()}
    splice, file = Splice(content + rest, len(content), lines), io.BytesIO()
    places, end = splice.write_to(file)
    assert file.getvalue() == whole(after) + rest
    assert end == len(whole(after))
    assert splice.is_needed == (after != before)
    for issue_id, offset in places:
        assert file.getvalue()[offset:].startswith(line(issue_id, after[issue_id]))


def test_a_line_without_an_id_is_no_place_to_look_from() -> None:
    with pytest.raises(ValueError, match="byte 0 has no id"):
        Splice(b"{}\n", 3, {}).place_of("app-1")
