"""Who wrote a line: what git says, asked once, and nothing that a repository names is run for it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from issuelens.todos.blame import NOT_COMMITTED, Blame, BlameCache, Blaming, Lines
from issuelens.todos.git import Stop, drivers_off, run_git

ANNA, BOB = "Anna Ä", "Bob"


def git(root: Path, *arguments: str, author: str = ANNA, date: str = "2025-01-02T03:04:05+02:00") -> str:
    who = {"NAME": author, "EMAIL": f"{author.split(maxsplit=1)[0]}@example.org", "DATE": date}
    environment = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in who.items()}
    done = subprocess.run(
        ["git", "-C", str(root), *arguments], check=True, capture_output=True, env={**os.environ, **environment}
    )
    return done.stdout.decode().strip()


def commit(root: Path, author: str = ANNA, date: str = "2025-01-02T03:04:05+02:00") -> str:
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "x", author=author, date=date)
    return git(root, "rev-parse", "HEAD")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with a line by Anna, then one by Bob in front of it."""
    (one := tmp_path / "p").mkdir()
    git(one, "init", "-q")
    (one / "a.py").write_text("# TODO: first\n")
    commit(one)
    (one / "a.py").write_text("# TODO: second\n\n# TODO: first\n")
    commit(one, BOB, "2025-06-01T00:00:00+00:00")
    return one


def blame(root: Path, path: str, *lines: int, cache: BlameCache | None = None, stop: Stop | None = None) -> Lines:
    return Blaming.begun(root, [path], cache if cache is not None else BlameCache(), stop).of_file(path, lines)


def people(found: Lines) -> dict[int, str | None]:
    return {line: one.author if one else None for line, one in found.items()}


def test_author_time_and_commit_of_a_line(root: Path) -> None:
    found = blame(root, "a.py", 0, 2)
    assert found[2] == Blame(ANNA, "2025-01-02T01:04:05.000000Z", git(root, "rev-parse", "HEAD~1"))
    assert found[0] == Blame(BOB, "2025-06-01T00:00:00.000000Z", git(root, "rev-parse", "HEAD"))


def test_lines_that_are_not_committed_and_those_that_moved(root: Path) -> None:
    (root / "a.py").write_text("import os\n# TODO: third\n# TODO: second\n\nx = 1\n# TODO: first\n")
    found = blame(root, "a.py", 1, 2, 5)
    assert found[1] == NOT_COMMITTED
    assert people(found) == {1: None, 2: BOB, 5: ANNA}


def test_new_files_are_not_committed_and_what_is_not_there_is_not_known(root: Path) -> None:
    (root / "new.py").write_text("# TODO: x\n")
    assert blame(root, "new.py", 0) == {0: NOT_COMMITTED}
    git(root, "add", "new.py")
    assert blame(root, "new.py", 0) == {0: NOT_COMMITTED}
    assert blame(root, "gone.py", 0) == {0: None}
    assert blame(root, "a.py", 2, 99) == {2: blame(root, "a.py", 2)[2], 99: None}


def test_a_file_that_git_is_told_was_renamed_keeps_its_authors(root: Path) -> None:
    before = blame(root, "a.py", 0, 1, 2)
    assert None not in people(before).values()
    git(root, "mv", "a.py", "moved.py")
    assert blame(root, "moved.py", 0, 1, 2) == before


def test_without_commits_and_without_git_nothing_is_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.py").write_text("# TODO: x\n")
    assert blame(tmp_path, "a.py", 0) == {0: None}
    git(tmp_path, "init", "-q")
    assert blame(tmp_path, "a.py", 0) == {0: NOT_COMMITTED}
    commit(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    assert blame(tmp_path, "a.py", 0) == {0: None}


def test_a_workspace_below_the_top_and_odd_names(root: Path) -> None:
    name = os.fsdecode(b"src/caf\xe9 -x.py")
    (root / "src").mkdir()
    for path in (root / name, root / "src" / "-L1,1.py"):
        path.write_text("# TODO: x\n")
    commit(root, BOB)
    assert people(blame(root / "src", name.removeprefix("src/"), 0)) == {0: BOB}
    assert people(blame(root / "src", "-L1,1.py", 0)) == {0: BOB}
    for outside in ("../a.py", "/etc/passwd", "src/../a.py", "", "a\nb", "a\0b"):
        one = Blaming.begun(root / "src", ["-L1,1.py", outside], BlameCache())
        assert one.of_file(outside, [0]) == {0: None}
        assert people(one.of_file("-L1,1.py", [0])) == {0: BOB}


@pytest.mark.parametrize(
    "content", [b"x\r# TODO: a\r\ny\n# TODO: b\n", "x\n# TODO: a\n\ny\n# TODO: b\n".encode("utf-16")]
)
def test_lines_are_those_of_an_editor(root: Path, content: bytes) -> None:
    (root / "b.py").write_bytes(content.replace(b"b", b"c"))
    commit(root)
    (root / "b.py").write_bytes(content)
    commit(root, BOB)
    lone = b"\r" in content
    assert people(blame(root, "b.py", 1, 3 if lone else 4)) == {1: ANNA, 3 if lone else 4: BOB}


def test_line_ends_that_git_converts_are_no_change(root: Path) -> None:
    (root / ".gitattributes").write_text("*.py text eol=crlf\n")
    commit(root)
    (root / "a.py").write_bytes(b"# TODO: second\r\n\r\n# TODO: first\r\n")
    assert people(blame(root, "a.py", 0, 2)) == {0: BOB, 2: ANNA}


def test_a_shallow_clone_says_where_its_history_ends(root: Path, tmp_path: Path) -> None:
    subprocess.run(
        ["git", "clone", "-q", "--depth=1", f"file://{root}", str(tmp_path / "clone")], check=True, capture_output=True
    )
    found = blame(tmp_path / "clone", "a.py", 2)[2]
    assert found is not None
    assert found.is_boundary
    whole = blame(root, "a.py", 2)[2]
    assert whole is not None
    assert not whole.is_boundary


def test_only_so_far_back(root: Path) -> None:
    one = Blaming.begun(root, ["a.py"], cache := BlameCache(), since=_moment("2025-03-01"))
    found = one.of_file("a.py", [0, 2])
    assert (found[0], found[2]) == (blame(root, "a.py", 0)[0], found[2])
    assert found[2] is not None
    assert found[2].is_boundary
    # What was only cut off is asked for again.
    assert people(blame(root, "a.py", 0, 2, cache=cache)) == {0: BOB, 2: ANNA}


def _moment(day: str):  # type: ignore[no-untyped-def]
    from datetime import UTC, datetime

    return datetime.fromisoformat(day).replace(tzinfo=UTC)


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with the words of each run of git from now on."""
    noted, real = tmp_path / "runs", shutil.which("git")
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "git"
    program.write_text(f"#!/bin/sh\necho \"$@\" >> '{noted}'\nexec '{real}' \"$@\"\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    noted.touch()
    return noted


def blames(runs: Path) -> list[str]:
    found = [line for line in runs.read_text().splitlines() if " blame " in line]
    runs.write_text("")
    return found


def test_a_file_is_blamed_once_for_all_its_lines_and_again_when_it_changes(root: Path, runs: Path) -> None:
    cache = BlameCache()
    first = blame(root, "a.py", 0, 2, cache=cache)
    assert len(blames(runs)) == 1
    assert blame(root, "a.py", 0, 2, cache=cache) == first
    assert blames(runs) == []
    blame(root, "a.py", 0, 1, cache=cache)
    assert len(blames(runs)) == 1
    (root / "a.py").write_text("x = 1\n# TODO: second\n")
    assert people(blame(root, "a.py", 1, cache=cache)) == {1: BOB}
    assert len(blames(runs)) == 1
    commit(root)
    assert people(blame(root, "a.py", 0, 1, cache=cache)) == {0: ANNA, 1: BOB}
    assert len(blames(runs)) == 1
    git(root, "checkout", "-q", "HEAD~1")
    assert blame(root, "a.py", 0, 2, cache=cache) == first
    assert blames(runs) == []


def test_many_lines_are_blamed_in_one_run(root: Path, runs: Path) -> None:
    text = "".join(f"# TODO: {n}\n" for n in range(3_000))
    (root / "many.py").write_text(text)
    commit(root, BOB)
    found = blame(root, "many.py", *range(3_000))
    assert set(people(found).values()) == {BOB}
    [run] = blames(runs)
    assert "-L" not in run


def test_the_cache_is_bounded_and_forgets_what_was_not_asked_for_longest(root: Path, runs: Path) -> None:
    for name in ("b.py", "c.py"):
        (root / name).write_text("# TODO: x\n# TODO: y\n")
    commit(root)
    cache = BlameCache(limit=5)
    for name in ("a.py", "b.py", "a.py", "c.py"):
        blame(root, name, 0, 1, cache=cache)
    assert len(cache) == 4
    blames(runs)
    blame(root, "a.py", 0, 1, cache=cache)
    assert blames(runs) == []
    blame(root, "b.py", 0, 1, cache=cache)
    assert len(blames(runs)) == 1


def test_the_persons_own_list_of_revisions_counts_and_the_repositorys_does_not(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "a.py").write_text("#  TODO: second\n\n#  TODO: first\n")
    (root / ".git-blame-ignore-revs").write_text(commit(root, "Formatter") + "\n")
    git(root, "config", "blame.ignoreRevsFile", ".git-blame-ignore-revs")
    assert people(blame(root, "a.py", 2)) == {2: "Formatter"}
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "own"))
    (tmp_path / "own").write_text("[blame]\n\tignoreRevsFile = .git-blame-ignore-revs\n")
    assert people(blame(root, "a.py", 2)) == {2: ANNA}
    git(root, "config", "--unset", "blame.ignoreRevsFile")
    (root / ".git-blame-ignore-revs").unlink()
    assert people(blame(root, "a.py", 2)) == {2: None}  # git refuses by itself
    os.mkfifo(root / ".git-blame-ignore-revs")
    assert people(blame(root, "a.py", 2)) == {2: None}


def test_a_stop_ends_it(root: Path) -> None:
    (stop := Stop()).now()
    with pytest.raises((OSError, subprocess.SubprocessError)):
        blame(root, "a.py", 0, stop=stop)


# A repository that names programs


@pytest.fixture
def hostile(root: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A repository whose settings and attributes name a program for everything, and the file that it would leave."""
    ran, program = tmp_path / "ran", root / "program"
    program.write_text(f"#!/bin/sh\ntouch '{ran}'\ncat\n")
    program.chmod(0o755)
    git(root, "add", "-A")
    (root / ".gitattributes").write_text("*.py filter=x diff=x\nb* filter=y.z\n")
    for name in ("b.py", "c.py"):
        (root / name).write_text("# TODO: x\n")
    commit(root)
    for name in (
        "filter.x.clean", "filter.x.smudge", "filter.y.z.process", "diff.x.textconv", "diff.x.command", "diff.external",
        "core.fsmonitor", "core.pager", "pager.blame", "core.editor", "core.askPass", "gpg.program", "sequence.editor",
        "core.sshCommand", "credential.helper", "core.alternateRefsCommand", "interactive.diffFilter",
    ):  # fmt: skip
        git(root, "config", name, str(program))
    git(root, "config", "filter.x.required", "true")
    for hook in ("post-index-change", "post-checkout", "reference-transaction"):
        (root / ".git" / "hooks").mkdir(exist_ok=True)
        shutil.copy(program, root / ".git" / "hooks" / hook)
    for name in ("a.py", "b.py", "c.py"):
        (root / name).write_text((root / name).read_text() + "# TODO: changed\n")
    ran.unlink(missing_ok=True)
    return root, ran


def test_blame_runs_no_program_that_a_repository_names(hostile: tuple[Path, Path]) -> None:
    root, ran = hostile
    assert people(blame(root, "a.py", 0, 3)) == {0: BOB, 3: None}
    assert people(blame(root, "b.py", 0, 1)) == {0: ANNA, 1: None}
    run_git(root, *drivers_off(root), "diff-files", "--raw", "-z")
    assert not ran.exists()
    # This is what git does by itself, so that the settings above are worth their names.
    subprocess.run(["git", "-C", str(root), "blame", "a.py"], capture_output=True, check=False)
    assert ran.exists()


def test_a_name_that_can_not_be_switched_off_is_not_run_either(hostile: tuple[Path, Path]) -> None:
    root, ran = hostile
    with (root / ".git" / "config").open("a") as file:
        file.write(f'[filter "a=b"]\n\tclean = {root / "program"}\n')
    (root / ".gitattributes").write_text("*.py filter=a=b\n")
    assert blame(root, "a.py", 0) == {0: None}
    assert not ran.exists()


def test_odd_files_in_the_place_of_gits_do_not_hold_it_up(root: Path) -> None:
    git(root, "config", "mailmap.file", "/dev/zero")
    assert people(blame(root, "a.py", 0)) == {0: BOB}
    git(root, "config", "blame.ignoreRevsFile", "/dev/zero")
    assert people(blame(root, "a.py", 0)) == {0: None}
    git(root, "config", "--unset", "blame.ignoreRevsFile")
    (root / ".mailmap").write_text("Robert <Bob@example.org>\n")
    assert people(blame(root, "a.py", 0)) == {0: "Robert"}
    (root / ".mailmap").unlink()
    os.mkfifo(root / ".mailmap")
    assert blame(root, "a.py", 0) == {0: None}


def test_times_and_names_out_of_all_bounds(root: Path) -> None:
    head = git(root, "rev-parse", "HEAD")
    tree = git(root, "rev-parse", "HEAD^{tree}")
    name = "N" * 5_000
    for seconds in ("99999999999999", "0"):
        text = f"tree {tree}\nauthor {name} <a> {seconds} +0000\ncommitter C <c> 1 +0000\n\nx\n"
        done = subprocess.run(
            ["git", "-C", str(root), "hash-object", "-t", "commit", "-w", "--stdin", "--literally"],
            input=text.encode(), check=True, capture_output=True,
        )  # fmt: skip
        git(root, "update-ref", "HEAD", done.stdout.decode().strip())
        found = blame(root, "a.py", 0)[0]
        assert found is not None
        assert found.author == "N" * 200
        assert found.time in (None, "1970-01-01T00:00:00.000000Z")
    git(root, "update-ref", "HEAD", head)
