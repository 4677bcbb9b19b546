"""What is stored of the code: kept current by scans and by what is touched, one work at a time, told to who listens."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.support.code import Code, lines, scanned

from issuelens.daemon import code_findings, code_index
from issuelens.domain.errors import InvalidConfig, IssuelensError, Unreachable
from issuelens.storage import code as stored
from issuelens.todos.git import GIT_SECONDS

DEADLINE_SECONDS = 60


async def until(holds: Callable[[], Any]) -> Any:
    """Turns the event loop until something holds."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not (found := holds()):
            future = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().call_soon(future.set_result, None)
            await future
    return found


def workers() -> list[psutil.Process]:
    return psutil.Process().children()


# Scans


async def test_a_scan_finds_what_is_new_changed_and_gone(code: Code) -> None:
    code.file("a.py", "# TODO: one\n")
    code.file("b/c.py", "x = 1  # FIXME: two\n")
    await code.index.current()
    assert await code.todos() == [("a.py", 1, "one"), ("b/c.py", 1, "two")]
    assert code.listener.changes() == [(["a.py", "b/c.py"], [])]
    code.file("a.py", "# TODO: one and a half\n")
    (code.space.root / "b/c.py").unlink()
    code.file("d.py", "# TODO: three\n")
    await code.index.current()
    assert await code.todos() == [("a.py", 1, "one and a half"), ("d.py", 1, "three")]
    assert code.listener.changes() == [(["a.py", "b/c.py", "d.py"], [])]


async def test_nothing_is_written_or_told_when_nothing_has_changed(code: Code) -> None:
    code.file("a.py", "# TODO: one\n")
    await code.index.current()
    first, _ = await code.scan(), code.listener.changes()
    await code.index.current()
    assert (await code.scan()).settings == first.settings
    assert code.listener.changes() == []


async def test_those_who_ask_together_share_a_scan(code: Code) -> None:
    asking = [asyncio.create_task(code.index.current()) for _ in range(5)]
    await until(lambda: code.index._tasks)
    assert len(code.index._tasks) == 1
    await asyncio.gather(*asking)


async def test_who_asks_during_a_scan_waits_for_one_that_began_later(code: Code) -> None:
    code.file("a.py", "# TODO: one\n")
    first = asyncio.create_task(code.index.current())
    await until(workers)
    code.file("a/early.py", "# TODO: two\n")
    later = [asyncio.create_task(code.index.current()) for _ in range(3)]
    await until(lambda: len(code.index._tasks) == 2)
    await asyncio.gather(*later)
    assert first.done()
    assert [text for _, _, text in await code.todos()] == ["one", "two"]


async def test_a_scan_that_nobody_waits_for_is_ended(code: Code) -> None:
    code.file("a.py", lines(10))
    first, second = (asyncio.create_task(code.index.current()) for _ in range(2))
    await until(workers)
    worker = workers()[0]
    first.cancel()
    await asyncio.wait([first])
    assert code.index._tasks, "the other one still waits"
    second.cancel()
    await asyncio.wait([second])
    await until(lambda: not code.index._tasks)
    assert not worker.is_running()
    await code.index.current()
    assert len(await code.todos()) == 10


async def test_closing_ends_the_scan_and_tells_who_waits(code: Code) -> None:
    code.file("a.py", lines(10))
    asking = asyncio.create_task(code.index.current())
    await until(workers)
    await code.index.close()
    assert workers() == []
    with pytest.raises(Unreachable, match="Ask again"):
        await asking
    with pytest.raises(Unreachable, match="about to end"):
        await code.index.current()


async def test_a_worker_that_is_killed_fails_the_request_and_leaves_the_rows(code: Code) -> None:
    code.file("a.py", "# TODO: one\n")
    await code.index.current()
    code.file("a.py", "# TODO: two\n")
    asking = asyncio.create_task(code.index.current())
    worker = (await until(workers))[0]
    worker.suspend()
    worker.kill()
    with pytest.raises(IssuelensError, match="try again"):
        await asking
    assert await code.todos() == [("a.py", 1, "one")]
    await code.index.current()
    assert await code.todos() == [("a.py", 1, "two")]


async def test_a_large_change_is_taken_in_parts_and_names_no_paths(code: Code, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code_index, "CHANGES_SECONDS", 1e9)
    # The first word of a scan tells of its first files; the last one is of too many to be named.
    files = code_findings.NAMED + 500
    for number in range(files):
        code.file(f"{number // 100}/{number}.py", lines(4))
    await code.index.current()
    assert len(await code.todos()) == files * 4
    assert files * 4 > code_findings.BATCH
    first, last = code.listener.changes()
    assert first[0]
    assert last == (None, [])


# What is touched


async def test_files_touched_are_read_without_a_scan(code: Code) -> None:
    await scanned(code, a="# TODO: one\n", b="# TODO: two\n", c="# TODO: three\n")
    code.file("a.py", "x = 1\n# TODO: one\n")
    (code.space.root / "b.py").unlink()
    code.file("new.py", "# TODO: four\n")
    await code.index.touched(["a.py", "b.py", "new.py", "none.py"])
    assert await code.todos() == [("a.py", 2, "one"), ("c.py", 1, "three"), ("new.py", 1, "four")]
    assert code.listener.changes() == [(["a.py", "b.py", "new.py"], [])]
    assert set((await code.scan()).touched) == {"a.py", "b.py", "new.py"}, "a scan would have cleared it"
    await code.index.current()
    assert (await code.scan()).touched == ()


async def test_what_git_ignores_or_the_settings_leave_out_is_not_read(code: Code) -> None:
    code.space.config_file.write_text('prefix = "app"\n[todos]\nexclude = ["left/"]\n')
    code.file(".gitignore", "ignored.py\n")
    await scanned(code, a="# TODO: one\n")
    for path in ("left/x.py", "ignored.py", ".issues/x.py", "b.py"):
        code.file(path, "# TODO: two\n")
    await code.index.touched(["left/x.py", "ignored.py", ".issues/x.py", "b.py"])
    assert [path for path, _, _ in await code.todos()] == ["a.py", "b.py"]


@pytest.mark.parametrize("paths", [None, ["src"], [".gitignore"], [f"{number}.py" for number in range(201)]])
async def test_many_a_folder_and_gitignore_mean_a_scan(code: Code, paths: list[str] | None) -> None:
    await scanned(code, a="# TODO: one\n")
    code.file("src/b.py", "# TODO: two\n")
    await code.index.touched(paths)
    assert [path for path, _, _ in await code.todos()] == ["a.py", "src/b.py"]
    assert (await code.scan()).touched == ()


async def test_a_folder_that_is_gone_takes_its_files_along(code: Code) -> None:
    await scanned(code, src__a="# TODO: one\n", src__b__c="# TODO: two\n", srcs="# TODO: three\n")
    (code.space.root / "src").rename(code.space.directory / "away")
    await code.index.touched(["src"])
    assert [path for path, _, _ in await code.todos()] == ["srcs.py"]


async def test_touched_before_the_first_scan_means_a_scan(code: Code) -> None:
    code.file("a.py", "# TODO: one\n")
    code.file("b.py", "# TODO: two\n")
    await code.index.touched(["a.py"])
    assert [path for path, _, _ in await code.todos()] == ["a.py", "b.py"]


async def test_a_burst_becomes_one_work(code: Code) -> None:
    await scanned(code, a="# TODO: one\n")
    paths = [f"n{number}.py" for number in range(50)]
    for path in paths:
        code.file(path, "# TODO: new\n")
    await asyncio.gather(*(code.index.touched([path]) for path in paths))
    assert code.listener.changes() == [(sorted(paths), [])]


async def test_git_that_hangs_does_not_hold_up_the_end(
    code: Code, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await scanned(code, a="# TODO: one\n")
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nexec sleep 600\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{slow.parent}:{os.environ['PATH']}")
    asking = asyncio.create_task(code.index.touched(["a.py"]))
    gits = await until(workers)
    await code.index.close()
    with pytest.raises(Unreachable):
        await asking
    assert psutil.wait_procs(gits, timeout=GIT_SECONDS / 3)[1] == []


async def test_nothing_touched_is_no_work(code: Code) -> None:
    await code.index.touched([])
    assert await code.scan() == stored.StoredScan()


async def test_names_that_are_not_text(code: Code) -> None:
    odd = os.fsdecode(b"caf\xe9.py")
    code.file(odd, "# TODO: one\n")
    await code.index.current()
    assert code.listener.changes() == [(['"caf\\351.py"'], [])]
    code.file(odd, "# TODO: two\n")
    await code.index.touched([odd])
    assert await code.todos() == [('"caf\\351.py"', 1, "two")]
    assert [one.path for one in await code.findings()] == [odd]
    assert (await code.scan()).touched == (odd,)
    (code.space.root / odd).unlink()
    await code.index.current()
    assert await code.todos() == []


# Settings


async def test_a_new_tag_or_prefix_has_everything_read_anew(code: Code) -> None:
    await scanned(code, a="# NOTE: one\n# TODO(lib-1a2b): two\n")
    assert await code.todos() == [("a.py", 2, "two")]
    code.space.config_file.write_text(
        'prefix = "app"\nrecognised_prefixes = ["lib"]\n[todos]\ntags = ["NOTE", "TODO"]\n'
    )
    await code.index.touched(["a.py"])
    assert [(one.text, one.issue_id) for one in await code.locations()] == [("one", None), ("two", "lib-1a2b")]


async def test_settings_that_can_not_be_read_leave_the_last_good_ones(code: Code, tmp_path: Path) -> None:
    code.space.config_file.write_text('prefix = "app"\n[todos]\ntags = ["NOTE"]\n')
    await scanned(code, a="# NOTE: one\n")
    code.space.config_file.write_text("prefix = \n")
    code.file("b.py", "# NOTE: two\n# TODO: three\n")
    await code.index.current()
    assert [text for _, _, text in await code.todos()] == ["one", "two"]
    code.index._good = None  # as after a restart
    code.file("c.py", "# NOTE: four\n# TODO: five\n")
    await code.index.current()
    assert [text for _, _, text in await code.todos()] == ["one", "two", "four"]


async def test_settings_that_could_never_be_read_are_an_error(code: Code) -> None:
    code.space.config_file.write_text("prefix = \n")
    with pytest.raises(InvalidConfig):
        await code.index.current()


# Progress


async def test_progress_is_told_now_and_then_and_at_the_end(code: Code, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(1_000):
        code.file(f"{number}.py", lines(2))
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(code_index, "PROGRESS_SECONDS", 0)
    token = code_index.PROGRESS.set(lambda done, total: told.append((done, total)))
    await code.index.current()
    code_index.PROGRESS.reset(token)
    sent = [(params["done"], params["total"]) for method, params in code.listener.told if method == "code/progress"]
    assert sent == told
    assert sent[-1] == (1_000, 1_000)
    assert [done for done, _ in sent] == sorted(done for done, _ in sent)
