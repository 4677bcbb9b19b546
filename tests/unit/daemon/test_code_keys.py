"""What is stored of the code over time: TODOs keep their keys, and it is told from where ids have gone."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from tests.support.code import Code, lines, scanned

from issuelens.daemon import code_findings
from issuelens.storage.tables import CODE_DEPARTURE

# Keys


async def test_todos_keep_their_keys(code: Code) -> None:
    await scanned(code, a="# TODO: one\n\n\n# TODO: two\n", b="x = 1\n# TODO: three\n")
    before = await code.keys()
    assert len(set(before.values()) - {""}) == 3
    code.file("a.py", "\n\n# TODO: zero\n\n# TODO: one\n\n\n# TODO: two\n")
    (code.space.root / "b.py").rename(code.space.root / "c.py")
    await code.index.touched(["a.py", "b.py", "c.py"])
    now = await code.keys()
    assert {text: now[text] for text in before} == before
    assert now["zero"] not in before.values()
    code.space.config_file.write_text('prefix = "app"\n[todos]\ntags = ["TODO", "NOTE"]\n')
    await code.index.current()
    assert await code.keys() == now, "a scan of all gives them again"


@pytest.mark.parametrize("is_whole", [False, True])
async def test_many_files_that_are_renamed_at_once_keep_their_keys(code: Code, is_whole: bool) -> None:
    count = code_findings.BATCH // 9
    texts = {number: lines(10, f"{number} and {{}}") for number in range(count)}
    for number, text in texts.items():
        code.file(f"old/{number}.py", text)
    await code.index.current()
    before = await code.keys()
    assert len(before) == count * 10 > code_findings.BATCH
    (code.space.root / "old").rename(code.space.root / "new")
    if is_whole:
        code.space.config_file.write_text('prefix = "app"\n[todos]\ntags = ["TODO", "NOTE"]\n')
    await code.index.current()
    assert {path.partition("/")[0] for path, _, _ in await code.todos()} == {"new"}
    assert await code.keys() == before


async def test_no_two_todos_have_one_key(code: Code) -> None:
    await scanned(code, a="# TODO: one\n")
    (code.space.root / "a.py").rename(code.space.root / "b.py")
    await code.index.touched(["a.py", "b.py"])
    code.file("a.py", "# TODO: one\n")
    await code.index.touched(["a.py"])
    keys = [one.key for one in await code.locations()]
    assert len(set(keys)) == len(keys) == 2


async def test_what_was_found_again_is_not_found_twice(code: Code, monkeypatch: pytest.MonkeyPatch) -> None:
    await scanned(code, a="# TODO: one\n")
    (code.space.root / "a.py").unlink()
    monkeypatch.setattr(code_findings, "BATCH", 1)
    (one,) = await code.findings()
    settings = await code.index._settings()
    intake = code_findings.Intake(code.space.root, settings, code.writer, code.reading)
    await intake.take([one._replace(path="b.py")])
    await intake.take([one._replace(path="c.py")], ["a.py"])
    found = await code.locations()
    assert [(each.path, each.key == one.markers[0].key) for each in found] == [("b.py", True), ("c.py", False)]


async def test_a_scan_of_all_counts_when_it_came_to_its_end(code: Code) -> None:
    await scanned(code, a="# TODO: one\n", b="# TODO: two\n")
    (one, two), settings = await code.findings(), await code.index._settings()
    intake = code_findings.Intake(code.space.root, settings, code.writer, code.reading)
    await intake.begin_whole()
    assert (await code.scan()).snapshot == b""
    await intake.take([one])
    assert await code.findings() == [one, two], "it stays until all is known"
    await intake.end(b"snapshot", 1)
    assert (await code.scan()).snapshot == b"snapshot"
    assert await code.findings() == [one]


# Ids that have gone


async def test_an_id_that_is_edited_away_or_deleted_with_its_file_is_told(code: Code) -> None:
    edited, deleted, moved = [(await code.issue(name)).id for name in ("edited", "deleted", "moved")]
    code.file("a.py", f"# TODO({edited}): one\n# see {moved}\n")
    code.file("b.py", f"x = 1\n# TODO({deleted}): two\n")
    await code.index.current()
    assert code.listener.changes() == [(["a.py", "b.py"], sorted([edited, deleted, moved]))]
    code.file("a.py", "# TODO: one\n")
    code.file("c.py", f"# see {moved}\n")
    (code.space.root / "b.py").unlink()
    await code.index.current()
    assert code.listener.changes() == [(["a.py", "b.py", "c.py"], sorted([edited, deleted, moved]))]
    one, two = (await code.departures(edited))[0], (await code.departures(deleted))[0]
    assert (one.path, one.line, one.tag, one.text, one.reason) == ("a.py", 1, "TODO", "one", "edited")
    assert (two.path, two.line, two.tag, two.text, two.reason) == ("b.py", 2, "TODO", "two", "file_deleted")
    assert await code.departures(moved) == []


async def test_an_id_that_comes_back_is_forgotten(code: Code) -> None:
    issue_id = (await code.issue("x")).id
    await scanned(code, a=f"# TODO({issue_id}): one\n")
    (code.space.root / "a.py").unlink()
    await code.index.touched(["a.py"])
    assert [one.reason for one in await code.departures(issue_id)] == ["file_deleted"]
    await scanned(code, b=f"# {issue_id}\n")
    assert await code.reading.read(lambda connection: connection.execute(select(CODE_DEPARTURE)).all()) == []
    (code.space.root / "b.py").write_text("")
    await code.index.touched(["b.py"])
    assert [(one.path, one.tag) for one in await code.departures(issue_id)] == [("b.py", None)]


async def test_a_file_that_is_renamed_or_left_out(code: Code) -> None:
    issue_id = (await code.issue("x")).id
    await scanned(code, a=f"# TODO({issue_id}): one\n")
    (code.space.root / "a.py").rename(code.space.root / "b.py")
    await code.index.touched(["a.py", "b.py"])
    assert await code.departures(issue_id) == []
    code.space.config_file.write_text('prefix = "app"\n[todos]\nexclude = ["b.py"]\n')
    await code.index.current()
    assert [(one.path, one.reason) for one in await code.departures(issue_id)] == [("b.py", "left_out")]


@pytest.mark.parametrize("setting", ["plain-text = false", "size-limit = 60"])
async def test_a_file_that_is_too_large_or_of_no_known_type_any_more(code: Code, setting: str) -> None:
    first, second, edited = [(await code.issue(name)).id for name in ("first", "second", "edited")]
    code.space.config_file.write_text('prefix = "app"\n[todos]\nplain-text = true\n')
    for name, issue_id in (("LIST", first), ("list.unknown", second)):
        code.file(name, f"TODO({issue_id}): one\n" + "is in\n" * 10)
    code.file("a.py", f"# TODO({edited}): two\n")
    await code.index.current()
    code.space.config_file.write_text(f'prefix = "app"\n[todos]\n{setting}\n')
    code.file("a.py", "# TODO: two\n")
    await code.index.current()
    reasons = [(await code.departures(issue_id))[0].reason for issue_id in (first, second, edited)]
    assert reasons == ["left_out", "left_out", "edited"]


async def test_a_word_that_is_no_issue_leaves_nothing(code: Code) -> None:
    await code.issue("x")
    await scanned(code, a="# TODO(app-0none): one\n")
    code.file("a.py", "")
    await code.index.touched(["a.py"])
    assert await code.departures("app-0none") == []
