"""The merge driver: as git calls it, and inside a real git."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as given_that
from hypothesis import settings
from hypothesis import strategies as st
from tests.support.merging import Issues, versions

from issuelens.sync.jsonl import render_line
from issuelens.sync.merge import merge_files
from issuelens.sync.merge_driver import Files, main, merge

Shape = dict[str, Any]


def at(day: int) -> str:
    return f"2026-01-{day:02}T00:00:00.000000Z"


def shape(number: int, day: int = 1, **fields: Any) -> Shape:
    return {
        "id": f"app-{number}",
        "title": f"issue {number}",
        "status": "open",
        "priority": 2,
        "issue_type": "task",
        "created_at": at(1),
        "updated_at": at(day),
    } | fields


def content(*lines: Shape | bytes) -> bytes:
    return b"".join(one if isinstance(one, bytes) else line_of(one) for one in lines)


def line_of(one: Shape) -> bytes:
    return json.dumps(one, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def shapes(text: bytes) -> list[Shape]:
    return [json.loads(line) for line in text.splitlines()]


class Given:
    """Three files, and the driver's run over them."""

    def __init__(self, folder: Path, base: bytes | None, ours: bytes | None, theirs: bytes | None) -> None:
        self.paths = [folder / name for name in ("base", "ours", "theirs")]
        for path, text in zip(self.paths, (base, ours, theirs), strict=True):
            if text is not None:
                path.write_bytes(text)

    def run(self, *options: str) -> int:
        return main([*options, *map(str, self.paths), ".issues/issues.jsonl"])

    @property
    def result(self) -> bytes:
        return self.paths[1].read_bytes()


def test_the_result_stands_in_ours_sorted_by_id(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    new = shape(1, 2, title="new")
    given = Given(tmp_path, content(shape(1), shape(3)), content(shape(3), new), content(shape(1), shape(3), shape(2)))
    others = [given.paths[0].read_bytes(), given.paths[2].read_bytes()]
    assert given.run() == 0
    assert given.result == content(new, shape(2), shape(3))
    assert [given.paths[0].read_bytes(), given.paths[2].read_bytes()] == others
    assert capfd.readouterr() == ("", "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["base", "ours", "theirs"]


@pytest.mark.parametrize("base", [None, b"", b"\n"])
def test_without_a_base_both_stay(tmp_path: Path, base: bytes | None) -> None:
    given = Given(tmp_path, base, content(shape(1)), content(shape(2)))
    assert given.run() == 0
    assert given.result == content(shape(1), shape(2))


def test_a_conflict_is_settled_and_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    ours, theirs = content(shape(1, 2, title="early\n"), shape(2, 2)), content(shape(1, 3, title="late"))
    given = Given(tmp_path, content(shape(1), shape(2)), ours, theirs)
    assert given.run() == 0
    assert given.result == content(shape(1, 3, title="late"), shape(2, 2))
    assert capfd.readouterr().err.splitlines() == [
        '.issues/issues.jsonl: app-1: title: both sides changed it; "late" stays, "early\\n" does not.',
        ".issues/issues.jsonl: app-2: one side removed it, the other changed it; it stays.",
    ]


def test_a_long_value_is_told_short(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    long = "x" * 70
    given = Given(
        tmp_path, content(shape(1)), content(shape(1, 2, notes=long)), content(shape(1, 3, notes="n", design="d"))
    )
    assert given.run() == 0
    assert f'"n" stays, "{"x" * 58}… does not.' in capfd.readouterr().err


def test_json_says_what_was_done(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    ours, theirs = content(shape(1, 2, title="early"), b"garbled\n"), content(shape(1, 3, title="late"), shape(2))
    given = Given(tmp_path, content(shape(1)), ours, theirs)
    assert given.run("--json") == 0
    assert json.loads(capfd.readouterr().out) == {
        "path": ".issues/issues.jsonl",
        "issues": 2,
        "conflicts": [{"issue_id": "app-1", "field": "title", "kept": "late", "other": "early"}],
        "unreadable": 1,
    }


def test_unknown_fields_and_spellings_survive_to_the_letter(tmp_path: Path) -> None:
    foreign = {
        "source_repo": ".",
        "created_at": "2026-01-01T01:00:00+01:00",
        "dependencies": [{"issue_id": "app-1", "depends_on_id": "app-2", "type": "odd", "thread_id": ""}],
        "comments": [{"id": 5, "issue_id": "app-1", "author": "ä", "text": "😀", "created_at": "soon", "z": [1.0]}],
        "x": {"b": None, "a": 1e3},
    }
    text = json.dumps(shape(1, **foreign), separators=(",", ":")).encode() + b"\n"
    theirs = shape(1, 2, **foreign) | {"title": "new"}
    given = Given(tmp_path, content(text), content(text, shape(2)), content(theirs))
    assert given.run() == 0
    found, _ = shapes(given.result)
    assert json.dumps(found, sort_keys=True) == json.dumps(theirs, sort_keys=True)


def test_half_a_character_is_not_lost(tmp_path: Path) -> None:
    text = json.dumps(shape(1, title="\ud800")).encode() + b"\n"
    given = Given(tmp_path, b"", content(text), content(shape(2)))
    assert given.run() == 0
    assert sorted(one["title"] for one in shapes(given.result)) == ["issue 2", "\ud800"]


def test_lines_that_cannot_be_read_are_kept_unless_a_side_removed_them(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    memory = b'{"_type":"memory", "key": 1}\n'
    base = content(b"gone\n", memory, shape(1))
    ours = content(b"\xff mine\n", b"gone\n", shape(1), memory)
    theirs = content(shape(1), memory, b"[theirs")
    given = Given(tmp_path, base, ours, theirs)
    assert given.run() == 0
    assert given.result == content(shape(1), b"[theirs\n", memory, b"\xff mine\n")
    told = capfd.readouterr().err.splitlines()
    assert [line.split("(")[1].split(":")[0] for line in told] == [
        "it is no JSON",
        "_type",
        "it is not UTF-8); it is kept at the end",
    ]
    assert given.run() == 0
    assert given.result == content(shape(1), b"[theirs\n", memory, b"\xff mine\n")


@pytest.mark.parametrize("is_ours", [True, False])
@pytest.mark.parametrize("other", [shape(1), shape(1, 2)])
@pytest.mark.parametrize("garbled", [b'{"id":"app-1","title":""}\n', b'{"id": "app-1", "titl\n'])
def test_an_issue_whose_line_is_garbled_counts_as_left_alone(
    tmp_path: Path, is_ours: bool, garbled: bytes, other: Shape
) -> None:
    sides = [content(garbled, shape(2)), content(other, shape(2))]
    given = Given(tmp_path, content(shape(1), shape(2)), *(sides if is_ours else reversed(sides)))
    assert given.run() == 0
    assert given.result == content(other, shape(2), garbled)


def test_two_lines_of_one_issue_become_one(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    ours = content(shape(1, 2, title="b"), shape(1), shape(1, 3, title="c", labels=["x"]))
    given = Given(tmp_path, content(shape(1)), ours, content(shape(1, 1, assignee="anna")))
    assert given.run() == 0
    [found] = shapes(given.result)
    assert (found["title"], found["labels"], found["assignee"]) == ("c", ["x"], "anna")
    assert '"c" stays, "b" does not' in capfd.readouterr().err


def test_a_line_of_another_form_is_about_the_same_issue(tmp_path: Path) -> None:
    other = json.dumps({"title": "new"} | shape(1, 2, title="new")).encode() + b"\n"
    given = Given(
        tmp_path, content(shape(1), shape(2)), content(shape(1), shape(2), other), content(shape(1), shape(2))
    )
    assert given.run() == 0
    assert given.result == content(shape(1, 2, title="new"), shape(2))


@settings(deadline=None, max_examples=80)
@given_that(versions(), st.sets(st.integers(0, 2)))
def test_what_need_not_be_parsed_comes_to_the_same(three: tuple[Issues, Issues, Issues], foreign: set[int]) -> None:
    texts = [b"".join(map(render_line, one.values())) for one in three]
    # In a file of another tool, nothing is known before it is parsed.
    texts = [text.replace(b'{"id"', b'{ "id"') if place in foreign else text for place, text in enumerate(texts)]
    wanted = merge_files(*three)
    with tempfile.TemporaryDirectory() as folder:
        given = Given(Path(folder), *texts)
        files = Files(given.paths[0], given.paths[1], given.paths[2], "issues.jsonl")
        report = merge(files)
        assert given.result.replace(b'{ "id"', b'{"id"') == b"".join(map(render_line, wanted.issues))
    assert (report.issues, report.conflicts) == (len(wanted.issues), wanted.conflicts)


@pytest.mark.parametrize("place", [1, 2])
def test_conflict_markers_that_were_committed_are_understood(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], place: int
) -> None:
    block = content(
        b"<<<<<<< HEAD\n", shape(1, 2, title="early"), b"=======\n", shape(1, 3, title="late"), b">>>>>>> x\n"
    )
    texts = [content(shape(1)), content(shape(1), shape(3)), content(shape(1), shape(3))]
    texts[place] = block + content(shape(2))
    given = Given(tmp_path, content(shape(1)), texts[1], texts[2])
    assert given.run("--json") == 0
    assert given.result == content(shape(1, 3, title="late"), shape(2), shape(3))
    told = {"issue_id": "app-1", "field": "title", "kept": "late", "other": "early"}
    assert json.loads(capfd.readouterr().out)["conflicts"] == [told]


def test_markers_that_no_side_has_touched_change_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    block = content(
        b"<<<<<<< HEAD\n", shape(1, 2, title="early"), b"||||||| base\n", shape(1), shape(4), b"=======\n",
        shape(1, 3, title="late"), shape(4), b">>>>>>> x\n",
    )  # fmt: skip
    given = Given(tmp_path, block, block + content(shape(2)), block + content(shape(3)))
    assert given.run() == 0
    assert given.result == content(shape(1, 3, title="late"), shape(2), shape(3))
    assert capfd.readouterr().err.count("app-1") == 1


def test_markers_that_both_sides_have_removed_do_no_harm(tmp_path: Path) -> None:
    base = content(b"<<<<<<< HEAD\n", shape(1), b"=======\n", shape(1, 2), b">>>>>>> x\n")
    given = Given(tmp_path, base, content(shape(1, 3)), content(shape(1, 3)))
    assert given.run() == 0
    assert given.result == content(shape(1, 3))


@pytest.mark.parametrize("missing", [1, 2])
def test_a_side_that_cannot_be_read(tmp_path: Path, capfd: pytest.CaptureFixture[str], missing: int) -> None:
    texts: list[bytes | None] = [b"", content(shape(1)), content(shape(1))]
    texts[missing] = None
    given = Given(tmp_path, *texts)
    assert given.run() == 1
    assert f"({given.paths[missing]}) can't be read: No such file" in capfd.readouterr().err


def test_a_file_that_cannot_be_written(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    given = Given(tmp_path, b"", b"", content(shape(1)))
    # There is room for the name, but not for that of the file that would take its place.
    given.paths[1] = given.paths[1].rename(tmp_path / ("x" * 250))
    assert given.run() == 1
    assert "can't be written: File name too long. It is as it was." in capfd.readouterr().err
    assert given.result == b""


@pytest.mark.parametrize("argv", [[], ["--json"], ["a", "b", "c"], ["a", "b", "c", "d", "e"]])
def test_bad_usage(capfd: pytest.CaptureFixture[str], argv: list[str]) -> None:
    assert main(argv) == 2
    assert capfd.readouterr().err.startswith("Usage: issuelens merge-driver")


def test_help(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert capfd.readouterr().out.startswith("Usage: issuelens merge-driver")


def test_it_starts_without_what_it_does_not_need(tmp_path: Path) -> None:
    given = Given(tmp_path, None, content(shape(1)), content(shape(2)))
    command = [sys.executable, "-X", "importtime", "-m", "issuelens", "merge-driver", *map(str, given.paths), "x"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    imported = {line.rpartition("|")[2].strip().split(".")[0] for line in told.splitlines()}
    assert "attrs" in imported
    assert not imported & {"sqlalchemy", "click", "asyncio", "aiohttp", "pygls", "rich", "cattrs"}


# Inside git


class Repository:
    """A git repository with the driver set up as `.gitattributes` and its configuration say."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.file = root / ".issues" / "issues.jsonl"
        root.mkdir()
        driver = f"{shlex.quote(sys.executable)} -m issuelens merge-driver %O %A %B %P"
        self.git("init", "-q", "-b", "main")
        self.git("config", "merge.issuelens.driver", driver)
        (root / ".gitattributes").write_text(".issues/issues.jsonl merge=issuelens\n")

    def git(self, *words: str) -> str:
        done = subprocess.run(["git", *words], cwd=self.root, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def commit(self, *issues: Shape | bytes) -> str:
        self.file.parent.mkdir(exist_ok=True)
        self.file.write_bytes(content(*issues))
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "work")
        return self.git("rev-parse", "HEAD")

    def branches(self, base: list[Shape], ours: list[Shape], theirs: list[Shape]) -> None:
        """A branch `theirs`, and `main`, where it ends."""
        self.commit(*base)
        self.git("switch", "-q", "-c", "theirs")
        self.commit(*theirs)
        self.git("switch", "-q", "main")
        self.commit(*ours)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repository")


BASE = [shape(1, labels=["a"]), shape(2), shape(3)]
OURS = [shape(1, 2, labels=["a", "ours"]), shape(2, 2, title="ours"), shape(4)]
THEIRS = [shape(1, 3, labels=["theirs"]), shape(2, 3, title="theirs", notes="n"), shape(3), shape(5)]
BOTH = content(
    shape(1, 3, labels=["ours", "theirs"]), shape(2, 3, title="theirs", notes="n"), shape(4), shape(5)
)  # fmt: skip


def same(found: bytes, wanted: bytes) -> bool:
    return shapes(found) == shapes(wanted)


def test_git_merges_without_a_stop(repository: Repository) -> None:
    repository.branches(BASE, OURS, THEIRS)
    repository.git("merge", "-q", "--no-edit", "theirs")
    assert same(repository.file.read_bytes(), BOTH)
    assert repository.git("status", "--porcelain") == ""
    assert len(repository.git("rev-list", "--parents", "-1", "HEAD").split()) == 3


def test_git_rebases_without_a_stop(repository: Repository) -> None:
    repository.branches(BASE, OURS, THEIRS)
    more = [*THEIRS, shape(6)]
    repository.git("switch", "-q", "theirs")
    repository.commit(*more)
    repository.git("rebase", "-q", "main")
    assert same(repository.file.read_bytes(), BOTH + content(shape(6)))
    assert repository.git("log", "--format=%p", "main..").count("\n") == 1


def test_git_picks_a_commit_without_a_stop(repository: Repository) -> None:
    repository.branches(BASE, OURS, THEIRS)
    repository.git("cherry-pick", "theirs")
    assert same(repository.file.read_bytes(), BOTH)
    assert repository.git("rev-list", "--count", "HEAD") == "3"


def test_git_merges_branches_that_both_began_the_file(repository: Repository) -> None:
    repository.git("add", "-A")
    repository.git("commit", "-q", "-m", "no issues yet")
    repository.git("switch", "-q", "-c", "theirs")
    repository.commit(shape(1), shape(2))
    repository.git("switch", "-q", "main")
    repository.commit(shape(1), shape(3))
    repository.git("merge", "-q", "--no-edit", "theirs")
    assert repository.file.read_bytes() == content(shape(1), shape(2), shape(3))


def test_git_merges_what_was_merged_both_ways(repository: Repository) -> None:
    repository.branches(BASE, OURS, THEIRS)
    ours, theirs = repository.git("rev-parse", "main"), repository.git("rev-parse", "theirs")
    repository.git("merge", "-q", "--no-edit", theirs)
    repository.git("switch", "-q", "theirs")
    repository.git("merge", "-q", "--no-edit", ours)
    assert repository.git("rev-parse", "main:.issues/issues.jsonl") == repository.git(
        "rev-parse", "theirs:.issues/issues.jsonl"
    )
    # Two common ancestors: git merges them first, by the driver, too.
    repository.commit(*shapes(BOTH), shape(7))
    repository.git("switch", "-q", "main")
    repository.commit(*shapes(BOTH), shape(6))
    repository.git("merge", "-q", "--no-edit", "theirs")
    assert same(repository.file.read_bytes(), BOTH + content(shape(6), shape(7)))


def test_git_merges_what_somebody_committed_with_its_markers(repository: Repository) -> None:
    repository.branches(BASE, OURS, THEIRS)
    repository.git("switch", "-q", "-c", "bad")
    repository.commit(b"<<<<<<< HEAD\n", *OURS, b"=======\n", *OURS, shape(6), b">>>>>>> x\n")
    repository.git("merge", "-q", "--no-edit", "theirs")
    assert same(repository.file.read_bytes(), BOTH + content(shape(6)))
