"""A scan by its own process: what it tells, what it reads again, and how it ends."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuelens.todos.engine import (
    Begun,
    Finished,
    Found,
    Gone,
    Listed,
    ScanFailed,
    ScanMessage,
    ScanRequest,
    counted,
    read_files,
    scan,
    scan_here,
)
from issuelens.todos.git import Stop
from issuelens.todos.settings import ScanSettings

SETTINGS = ScanSettings(tags=("TODO", "FIXME"), prefixes=frozenset({"app"}))


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(root), *arguments], check=True, capture_output=True)


def tree(root: Path) -> Path:
    for name, text in {
        "a.py": "# TODO: a\n",
        "src/b.js": "// FIXME b\n",
        "src/c.py": "x = 1  # see app-1a2b\n",
        "src/none.py": "x = 'TODO: no comment'\n",
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        # Older than two seconds, or each scan would read them again.
        os.utime(path, (1_600_000_000, 1_600_000_000))
    git(root, "init", "-q")
    git(root, "add", "a.py", "src/b.js")
    return root


class Heard:
    """What a scan has told, put together."""

    def __init__(self, messages: list[ScanMessage]) -> None:
        self.messages = messages
        self.findings = {
            one.path: one for message in messages if isinstance(message, Found) for one in message.findings
        }
        self.gone = {path for message in messages if isinstance(message, Gone) for path in message.paths}
        self.finished = next((message for message in messages if isinstance(message, Finished)), None)

    @property
    def texts(self) -> dict[str, list[str]]:
        return {path: [one.text for one in found.markers] for path, found in self.findings.items()}

    @property
    def snapshot(self) -> bytes:
        assert self.finished is not None
        return self.finished.snapshot


def heard(root: Path, known: bytes = b"", again: tuple[str, ...] = (), settings: ScanSettings = SETTINGS) -> Heard:
    return Heard(list(scan_here(ScanRequest(root, settings, known, again))))


def settled(root: Path) -> bytes:
    """A snapshot after which nothing is read again, as if the scan had been a while ago."""
    from issuelens.todos import snapshot as snapshots

    first = heard(root)
    meant_for = json.loads(first.snapshot.split(b"\n")[1])["for"]
    found = snapshots.unpack(first.snapshot, meant_for)
    assert found is not None
    names = [*snapshots.names_in(found.tracked), *snapshots.names_in(found.untracked)]
    for number, name in enumerate(names):
        if found.stamps[number] == snapshots.CHANGED:
            found.stamps[number] = snapshots.stamp_of((root / os.fsdecode(name)).stat())
    return snapshots.pack(found, meant_for)


def test_a_scan_tells_what_files_hold_in_order(tmp_path: Path) -> None:
    result = heard(tree(tmp_path))
    kinds = [type(message) for message in result.messages]
    assert kinds[0] is Begun
    assert kinds[1] is Listed
    assert kinds[-1] is Finished
    assert result.messages[0] == Begun(is_whole=True)
    assert [message.total for message in result.messages if isinstance(message, Listed)] == [2, 4]
    assert result.texts == {"a.py": ["a"], "src/b.js": ["b"], "src/c.py": []}
    assert [one.id for one in result.findings["src/c.py"].mentions] == ["app-1a2b"]
    assert result.finished is not None
    assert (result.finished.files, result.finished.skipped) == (4, 0)


async def test_beside_an_event_loop_the_same_is_told(tmp_path: Path) -> None:
    root = tree(tmp_path)
    messages: list[ScanMessage] = []

    async def take(message: ScanMessage) -> None:
        messages.append(message)

    finished = await scan(ScanRequest(root, SETTINGS), take)
    assert messages[-1] == finished
    assert Heard(messages).findings == heard(root).findings


def test_where_nothing_changed_the_snapshot_is_given_back(tmp_path: Path) -> None:
    root = tree(tmp_path)
    known = settled(root)
    result = heard(root, known)
    assert [type(message) for message in result.messages] == [Begun, Listed, Listed, Finished]
    assert result.snapshot is known
    (root / "src/b.js").unlink()
    assert heard(root, known).snapshot != known


def test_a_folder_that_became_a_link_holds_nothing(tmp_path: Path) -> None:
    root = tree(tmp_path)
    known = settled(root)
    (root / "src").rename(tmp_path / "elsewhere")
    (root / "src").symlink_to("elsewhere")
    # Through the link each file is as it was.
    assert heard(root, known).texts == {"elsewhere/b.js": ["b"], "elsewhere/c.py": [], "src/b.js": []}


def test_only_what_differs_is_read_again(tmp_path: Path) -> None:
    root = tree(tmp_path)
    known = settled(root)
    assert heard(root, known).findings == {}
    (root / "a.py").write_text("# TODO: other\n")
    (root / "src/c.py").write_text("\n")
    (root / "new.py").write_text("# TODO: new\n")
    (root / "src/b.js").unlink()
    git(root, "add", "new.py")
    git(root, "rm", "-qf", "--cached", "a.py")
    result = heard(root, known)
    assert result.messages[0] == Begun(is_whole=False)
    assert result.texts == {"a.py": ["other"], "src/c.py": [], "new.py": ["new"], "src/b.js": []}
    git(root, "rm", "-q", "--cached", "src/b.js")
    assert heard(root, known).gone == {"src/b.js"}
    assert heard(root, known).texts == {"a.py": ["other"], "src/c.py": [], "new.py": ["new"]}


@pytest.mark.parametrize("words", [("add",), ("rm", "-qf", "--cached")])
def test_what_a_file_held_is_gone_also_when_git_lists_it_elsewhere(tmp_path: Path, words: tuple[str, ...]) -> None:
    root = tree(tmp_path)
    (root / "new.py").write_text("# TODO: done soon\n")
    if words != ("add",):
        git(root, "add", "new.py")
    known = settled(root)
    (root / "new.py").write_text("done = True\n")
    git(root, *words, "new.py")
    result = heard(root, known)
    assert result.texts["new.py"] == []
    assert result.gone == set()


def test_a_file_changed_just_before_the_scan_is_read_again(tmp_path: Path) -> None:
    root = tree(tmp_path)
    (root / "a.py").write_text("# TODO: b\n")
    known = heard(root).snapshot
    # The same size and, by a clock that is too coarse, the same time.
    assert heard(root, known).texts["a.py"] == ["b"]


def test_paths_are_read_again_on_request_and_told_as_gone(tmp_path: Path) -> None:
    root = tree(tmp_path)
    result = heard(root, settled(root), again=("a.py", "src/none.py", "gone.py"))
    assert result.texts == {"a.py": ["a"], "src/none.py": []}
    assert result.gone == {"gone.py"}


@pytest.mark.parametrize("tags", [("TODO",), ("TODO", "FIXME", "XXX")])
def test_other_settings_make_everything_new(tmp_path: Path, tags: tuple[str, ...]) -> None:
    root = tree(tmp_path)
    result = heard(root, settled(root), settings=SETTINGS._replace(tags=tags))
    assert result.messages[0] == Begun(is_whole=True)
    assert "a.py" in result.findings


def test_a_damaged_snapshot_makes_everything_new(tmp_path: Path) -> None:
    root = tree(tmp_path)
    known = settled(root)
    head, _, packed = known.partition(b"}\n")
    liar = head.replace(b'"stamps": 4', b'"stamps": 4000000000') + b"}\n" + packed
    for one in (b"x", known[:-1], known[:50], known[: len(known) // 2], known + known, liar, head + b"}\n"):
        assert one != known
        # What follows the end of the packed part is passed over.
        is_whole = one != known + known
        assert heard(root, one).messages[0] == Begun(is_whole=is_whole)


@given(st.binary(max_size=200), st.integers(0, 300), st.integers(0, 50))
def test_no_snapshot_makes_unpacking_fail(insertion: bytes, start: int, length: int) -> None:
    from array import array

    from issuelens.todos import snapshot as snapshots

    known = snapshots.pack(snapshots.Snapshot(b"a\0b", b"c", array("q", [1, 2, 3])), "x")
    hostile = known[:start] + insertion + known[start + length :]
    found = snapshots.unpack(hostile, "x")
    assert found is None or len(found.stamps) == 3


def test_a_file_that_became_a_link_holds_nothing(tmp_path: Path) -> None:
    root = tree(tmp_path / "root")
    known = settled(root)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "b.js").write_text("// TODO: outside\n")
    (root / "a.py").unlink()
    (root / "a.py").symlink_to(outside / "b.js")
    for file in (root / "src").iterdir():
        file.unlink()
    (root / "src").rmdir()
    (root / "src").symlink_to(outside)
    result = heard(root, known)
    assert result.texts == {"a.py": [], "src/b.js": []}
    assert result.gone == {"src/c.py", "src/none.py"}
    assert heard(root).findings == {}


def test_an_ended_scan_leaves_no_process(tmp_path: Path) -> None:
    root = many(tmp_path)
    messages = scan_here(ScanRequest(root, SETTINGS))
    next(messages)
    workers = psutil.Process().children(recursive=True)
    assert workers
    messages.close()
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert alive == []


def test_a_stop_from_another_thread_ends_a_scan(tmp_path: Path) -> None:
    stop = Stop()
    found = []
    for message in scan_here(ScanRequest(many(tmp_path), SETTINGS), stop):
        found.append(message)
        stop.now()
    assert not any(isinstance(message, Finished) for message in found)


async def test_cancelling_a_scan_ends_its_processes(tmp_path: Path) -> None:
    root = many(tmp_path)
    begun = asyncio.Event()

    async def take(message: ScanMessage) -> None:
        if isinstance(message, Found):
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.get_running_loop().create_task(scan(ScanRequest(root, SETTINGS), take))
    await asyncio.wait_for(begun.wait(), 30)
    workers = psutil.Process().children(recursive=True)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert alive == []


async def test_a_scan_that_is_killed_says_what_to_do(tmp_path: Path) -> None:
    async def take(message: ScanMessage) -> None:
        if isinstance(message, Begun):
            for child in psutil.Process().children():
                child.send_signal(signal.SIGKILL)

    with pytest.raises(ScanFailed, match=r"signal 9.*little memory.*todos\.exclude"):
        await scan(ScanRequest(many(tmp_path), SETTINGS), take)


def test_the_worker_ends_with_its_owner(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from issuelens.todos.engine import *\n"
        "from issuelens.todos.settings import ScanSettings\n"
        "it = scan_here(ScanRequest(Path(sys.argv[1]), ScanSettings(tags=('TODO',))))\n"
        "next(it); print('begun', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(many(tmp_path))], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"begun\n"
        workers = psutil.Process(owner.pid).children(recursive=True)
        owner.kill()
    _, alive = psutil.wait_procs(workers, timeout=20)
    assert alive == []


def test_a_root_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ScanFailed, match="nowhere"):
        heard(tmp_path / "nowhere")


def test_modules_of_the_workspace_are_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree(tmp_path)
    for name in ("json", "subprocess", "issuelens", "sitecustomize", "attrs", "ahocorasick_rs"):
        (root / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\n")
    monkeypatch.chdir(root)
    assert "a.py" in heard(root).findings
    assert not (tmp_path / "ran").exists()


def test_a_few_files_are_read_here(tmp_path: Path) -> None:
    root = tree(tmp_path)
    (root / "link.py").symlink_to(root / "a.py")
    paths = ["a.py", "gone.py", "src", "link.py", "src/none.py", "../a.py", "x/y.js"]
    found = read_files(root, paths, SETTINGS._replace(exclude=("x/",)))
    assert [one.path for one in found] == paths
    assert [len(one.markers) for one in found] == [1, 0, 0, 0, 0, 0, 0]
    assert read_files(root, ["a.py"], SETTINGS._replace(exclude=("*.py",)))[0].markers == ()


@pytest.mark.parametrize("has_git", [True, False])
def test_which_paths_count(tmp_path: Path, has_git: bool) -> None:
    root = tree(tmp_path)
    for name in ("build/x.py", "b.log.py", "kept.log.py", "nested/n.py", "vendor/v.py"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text("")
    (root / ".gitignore").write_text("build/\n*.log.py\n!kept.log.py\n")
    git(root / "nested", "init", "-q")
    git(root, "add", "-f", "b.log.py")
    if not has_git:
        git(root, "rm", "-q", "--cached", "b.log.py")
        (root / ".git").rename(root / "not-git")
    paths = ["a.py", "build/x.py", "b.log.py", "kept.log.py", "nested/n.py", "vendor/v.py", "gone.py", "../x", ".git/x"]
    expected = ["a.py", "b.log.py", "kept.log.py"] if has_git else ["a.py", "kept.log.py"]
    assert counted(root, paths, SETTINGS._replace(exclude=("vendor",))) == expected


def test_names_that_begin_with_a_colon_are_no_words_of_git(tmp_path: Path) -> None:
    root = tree(tmp_path)
    names = [":c/x.py", ":!z/x.py", ":(top)c/x.py"]
    for name in names:
        (root / name).parent.mkdir()
        (root / name).write_text("")
    (root / ".gitignore").write_text("c/\n")
    assert counted(root, names, SETTINGS) == names


def many(root: Path) -> Path:
    """So many files that two processes read them."""
    for number in range(4_200):
        if number % 100 == 0:
            (root / f"d{number}").mkdir()
        (root / f"d{number - number % 100}" / f"f{number}.py").write_text(f"# TODO: {number}\n")
    return root
