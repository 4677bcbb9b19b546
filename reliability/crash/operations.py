"""What is interrupted: commands of every kind, on workspaces that are alike, and the state that they leave."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from attrs import field, frozen

from issuelens.ipc import launch, methods, oneshot
from issuelens.ipc.endpoint import read_endpoint
from issuelens.workspace import Workspace
from reliability.crash.load import integrity

DEADLINE_SECONDS: Final = 120
COMMAND: Final = (sys.executable, "-m", "issuelens")
LOG_BYTES: Final = 999_990
"""Bytes of a log that is about to be rotated."""

State = Mapping[str, Any]


@frozen
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


@frozen
class Operation:
    """A command to interrupt.

    Args:
        name: of the operation.
        words: behind `issuelens`.
        where: `daemon`: the daemon is interrupted, `command`: the command itself, `start`: a daemon that starts.
        arrange: what makes a workspace ready for it, beyond an issue that is in issues.jsonl and one that is not.
        is_empty: whether it begins with a folder that is no workspace yet.
        environment: of the command.
        again: whether doing it once more changes nothing.
        half: what of the state there may be when the first half of it is done: name -> value.
    """

    name: str
    words: tuple[str, ...]
    where: str = "daemon"
    arrange: Callable[[Path], None] = lambda _: None
    is_empty: bool = False
    environment: Mapping[str, str] = field(factory=dict)
    again: bool = True
    half: Mapping[str, Any] = field(factory=dict)


def run(root: Path, *words: str, environment: Mapping[str, str] | None = None, prefix: tuple[str, ...] = ()) -> Done:
    """Runs a command, with `prefix` before it."""
    done = subprocess.run(
        [*prefix, *COMMAND, *words],
        cwd=root,
        env={**os.environ, "ISSUELENS_IDLE_SECONDS": "60", **(environment or {})},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=DEADLINE_SECONDS,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def succeeds(root: Path, *words: str, environment: Mapping[str, str] | None = None) -> str:
    """Runs a command that must be done; what it printed."""
    done = run(root, *words, environment=environment)
    if done.code:
        raise RuntimeError(f"{' '.join(words)}: {done.code}: {done.err}")
    return done.out


def space_of(root: Path) -> Workspace:
    """The workspace of a folder."""
    root = root.resolve()
    return Workspace(root, root / ".issues")


def daemon_pid(root: Path) -> int:
    """The process id of the daemon, which is started when none runs."""
    return launch.ensure_running(space_of(root)).pid


def warm(root: Path) -> int:
    """Starts a daemon that has done everything once that it does later in threads of its own; its process id."""
    oneshot.call_or_start(space_of(root), methods.LIST, {"query": "limit:1"})
    oneshot.call_or_start(space_of(root), methods.CHECK, {})
    return daemon_pid(root)


def stop(root: Path) -> None:
    """Ends the daemon."""
    if (root / ".issues").is_dir():
        launch.stop(space_of(root))


def is_served_by(root: Path, pid: int) -> bool:
    """Whether the daemon that is named is this process."""
    endpoint = read_endpoint(space_of(root))
    return endpoint is not None and endpoint.pid == pid


# The state


def state_of(root: Path) -> State:
    """What there is, without ids and moments: those differ from run to run."""
    space = space_of(root)
    return {
        **_database(space.database),
        "config": _text(space.config_file),
        "gitignore": _text(space.gitignore),
        "jsonl": _titles(space.jsonl),
        "exported": _titles(root / "out.jsonl"),
        "merged": _titles(root / "ours.jsonl"),
        "aside": sorted(_text(one) or "" for one in space.aside.glob("*.jsonl")),
    }


def leftovers(root: Path) -> list[Path]:
    """Temporary files that are there."""
    return [one for one in root.rglob(".*") if one.name.endswith(".part") or one.name.startswith(".pipe.")]


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def _titles(path: Path) -> list[str] | None:
    """The titles and statuses of a file of issues; a line that is not whole raises."""
    text = _text(path)
    if text is None:
        return None
    if text and not text.endswith("\n"):
        raise ValueError(f"{path} ends within a line")
    shapes = [json.loads(line) for line in text.splitlines() if not line.startswith("unreadable")]
    return sorted(f"{one['title']} ({one['status']})" for one in shapes)


def _database(path: Path) -> dict[str, Any]:
    if not path.exists() or not path.stat().st_size:
        return {"issues": None, "operations": None, "comments": None}
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        faults = integrity(connection)
        if faults:
            raise ValueError(f"{path}: {faults[0]}")
        if not connection.execute("SELECT name FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
            return {"issues": None, "operations": None, "comments": None}
        issues = connection.execute("SELECT title, status, priority, description FROM issue ORDER BY title").fetchall()
        operations = Counter(row[0] for row in connection.execute("SELECT name FROM operation"))
        comments = sorted(row[0] for row in connection.execute("SELECT text FROM comment"))
        return {"issues": issues, "operations": dict(operations), "comments": comments}


# The operations


def template(folder: Path) -> None:
    """The workspace that all operations begin with: an issue that is in issues.jsonl, and one that is not."""
    folder.mkdir(parents=True)
    succeeds(folder, "init", "--prefix", "app")
    # A sync by itself would do, at some time of its own, what is interrupted.
    succeeds(folder, "config", "set", "sync.automatic", "false")
    succeeds(folder, "create", "shared")
    succeeds(folder, "sync")
    succeeds(folder, "create", "only here")
    stop(folder)


def copied(template_folder: Path, operation: Operation, root: Path) -> Path:
    """A workspace for one run."""
    if operation.is_empty:
        root.mkdir(parents=True)
    else:
        shutil.copytree(template_folder, root)
    operation.arrange(root)
    return root


def _line(title: str, **fields: Any) -> str:
    shape = {"id": f"app-{title[-3:]}1", "title": title, "status": "open", "priority": 2, "issue_type": "task"}
    moments = {"created_at": "2030-01-01T00:00:00Z", "updated_at": "2030-01-01T00:00:00Z"}
    return json.dumps(shape | moments | fields) + "\n"


def _arrange_sync(root: Path) -> None:
    path = space_of(root).jsonl
    path.write_text(path.read_text(encoding="utf-8") + _line("from a colleague aaa"), encoding="utf-8")


def _arrange_import(root: Path) -> None:
    text = "".join(_line(f"imported a{number:02}") for number in range(40)) + "unreadable\n"
    (root / "in.jsonl").write_text(text, encoding="utf-8")


def _arrange_export(root: Path) -> None:
    (root / "out.jsonl").write_text(_line("of an earlier export bbb"), encoding="utf-8")


def _arrange_merge(root: Path) -> None:
    for name, titles in {"base": ["ccc"], "ours": ["ccc", "ddd"], "theirs": ["ccc", "eee"]}.items():
        (root / f"{name}.jsonl").write_text("".join(map(_line, titles)), encoding="utf-8")


def _arrange_editor(root: Path) -> None:
    # What a person types: the title in the front matter is another one.
    (root / "editor.sh").write_text('#!/bin/sh\nexec sed -i "s/only here/edited/" "$1"\n', encoding="utf-8")
    (root / "editor.sh").chmod(0o755)
    found = json.loads(succeeds(root, "list", "--json"))
    stop(root)
    (root / "id").write_text(next(one["id"] for one in found if one["title"] == "only here"), encoding="utf-8")


def _arrange_log(root: Path) -> None:
    space_of(root).daemon_log.write_bytes(b"x" * (LOG_BYTES - 1) + b"\n")


def _arrange_new_database(root: Path) -> None:
    for path in space_of(root).directory.glob("issues.db*"):
        path.unlink()


SYNC: Final = Operation("sync", ("sync",), arrange=_arrange_sync)
IMPORT: Final = Operation("import", ("import", "in.jsonl"), arrange=_arrange_import)
INIT: Final = Operation("init", ("init", "--prefix", "app"), where="command", is_empty=True)
WRITE: Final = Operation("write", ("create", "written"), again=False)
EXPORT: Final = Operation("export", ("export", "out.jsonl"), arrange=_arrange_export)
CONFIG: Final = Operation("config set", ("config", "set", "daemon.idle-seconds", "90"), where="command")
EDIT: Final = Operation(
    "document save", ("edit", "@id"), where="command", arrange=_arrange_editor, environment={"EDITOR": "./editor.sh"}
)
MERGE: Final = Operation(
    "merge driver",
    ("merge-driver", "base.jsonl", "ours.jsonl", "theirs.jsonl", "issues.jsonl"),
    where="command",
    arrange=_arrange_merge,
)
START: Final = Operation(
    "daemon start",
    ("create", "written"),
    where="start",
    arrange=_arrange_new_database,
    again=False,
    half={"issues": [], "operations": {"init": 1}},
)
ROTATION: Final = Operation("log rotation", ("create", "written"), where="start", arrange=_arrange_log, again=False)
OPERATIONS: Final = (SYNC, IMPORT, INIT, WRITE, EXPORT, CONFIG, EDIT, MERGE, START, ROTATION)


def words_of(operation: Operation, root: Path) -> tuple[str, ...]:
    """The words of a command, with what stands in files (`@id`) in its place."""
    return tuple(
        (root / one[1:]).read_text(encoding="utf-8").strip() if one.startswith("@") else one for one in operation.words
    )
