"""What `doctor --report` tells: versions, numbers, names of our own; nothing that anybody wrote, chose or is called.

Every text in it comes from a list that we know, or has a form in which nothing else can stand.
"""

from __future__ import annotations

import json
import os
import platform
import re
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from issuelens import __version__
from issuelens.cli.context import Cli
from issuelens.domain.errors import IssuelensError
from issuelens.ipc import methods
from issuelens.workspace import Workspace

Part = dict[str, Any]
"""A part of a report: names to numbers, truth values, texts of known form, or parts in turn."""

_LIBRARIES: Final = (
    *("aiohttp", "alembic", "attrs", "cattrs", "click", "lsprotocol", "packaging", "platformdirs", "pygls"),
    *("rich", "ruamel.yaml", "sqlalchemy", "tomlkit", "orjson", "ahocorasick-rs"),
)
_NUMBERS: Final = re.compile(r"\d+(?:\.\d+)*")
_PLAIN: Final = re.compile(r"[a-z][a-z0-9._-]{0,30}\Z")
_VARIABLE: Final = re.compile(r"ISSUELENS_[A-Z_]{1,40}\Z")


def gather(cli: Cli, workspace: Workspace | None, checks: Callable[[], Iterable[Part]]) -> Part:
    """The whole report. What can't be found out is told as the kind of error that stood in the way.

    Args:
        cli: this run of the command line.
        workspace: that of its folder, if it has one.
        checks: what `doctor` finds in it.
    """
    report: Part = {
        "versions": {"issuelens": __version__, "python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
        | {name: _version(name) for name in _LIBRARIES},
        "system": _tried(_system),
        "installed": _tried(_installed),
        "environment": sorted(name for name in os.environ if _VARIABLE.match(name)),
        "workspace": workspace is not None,
    }
    if workspace is None:
        return report
    return report | {
        # First, since they look at things as they are before a daemon was started for the other parts.
        "checks": _tried(lambda: _checked(checks())),
        **_asked(cli, workspace),
        "settings": _tried(lambda: _settings(workspace)),
        "files": _tried(lambda: _files(workspace)),
        "file system": _tried(lambda: _file_system(workspace)),
        "log": _tried(lambda: _log(workspace)),
    }


def _asked(cli: Cli, workspace: Workspace) -> Part:
    """What the daemon tells; when none can be started, it is not tried a second time."""
    daemon = _tried(lambda: _daemon(cli.call(workspace, methods.STATUS, {}, None)))
    if "error" in daemon:
        return {"daemon": daemon}
    database = _tried(lambda: _facts(cli.call(workspace, methods.FACTS, {}, lambda _done, _all: None)))
    return {"daemon": daemon, "database": database}


def _tried(part: Callable[[], Any]) -> Any:
    try:
        return part()
    except Exception as error:  # noqa: BLE001 - a report of what is broken must come about whatever is broken
        return {"error": error.kind if isinstance(error, IssuelensError) else type(error).__name__}


def _version(name: str) -> str:
    try:
        return _form(_NUMBERS, metadata.version(name))
    except metadata.PackageNotFoundError:
        return "not there"


def _form(form: re.Pattern[str], text: object) -> str:
    """What of a text has this form, from its beginning."""
    found = form.match(str(text))
    return found[0] if found else "unknown"


def _system() -> Part:
    return {
        "system": _form(re.compile(r"[A-Za-z]{1,20}\Z"), platform.system()),
        "release": _form(_NUMBERS, platform.release()),
        "distribution": _distribution(),
        "machine": _form(re.compile(r"\w{1,20}\Z"), platform.machine()),
        "processors": os.cpu_count(),
        "python": _form(re.compile(r"[A-Za-z]{1,20}\Z"), platform.python_implementation()),
        "encoding": _form(_PLAIN, sys.getfilesystemencoding()),
    }


def _distribution() -> str:
    try:
        found = platform.freedesktop_os_release()
    except OSError:
        return "unknown"
    return f"{_form(_PLAIN, found.get('ID'))} {_form(_NUMBERS, found.get('VERSION_ID'))}"


def _installed() -> Part:
    package = Path(__file__).resolve().parents[1]
    is_bundle = package.parent.parts[-2:] == ("bundled", "libs")
    return {
        "from": "bundle" if is_bundle else "source tree" if _is_editable() else "package",
        "virtual environment": sys.prefix != sys.base_prefix,
    }


def _is_editable() -> bool:
    try:
        text = metadata.distribution("issuelens").read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        return False
    return bool(text) and bool(json.loads(str(text)).get("dir_info", {}).get("editable"))


def _checked(checks: Iterable[Part]) -> Part:
    return {one["name"]: "ok" if one["ok"] else {"wrong": one["count"]} for one in checks}


def _daemon(status: Part) -> Part:
    """What is a number of it; which clients there are is nobody's business, but how many."""
    numbers = {name: value for name, value in status.items() if isinstance(value, int | float) and name != "pid"}
    version = _form(_NUMBERS, status.get("version"))
    return {"version": version, "clients": len(status.get("clients", ())), **numbers}


def _facts(facts: Part) -> Part:
    return {
        "python": _form(_NUMBERS, facts["python"]),
        "sqlite": _form(_NUMBERS, facts["sqlite"]),
        "schema": _form(_NUMBERS, facts["schema"]),
        "journal": _form(_PLAIN, facts["journal"]),
        **{name: value for name, value in facts.items() if isinstance(value, int | dict)},
    }


def _settings(workspace: Workspace) -> Part:
    """The settings that are not as they are by default. Of texts, only that they differ, or how many there are."""
    from issuelens.domain.config import Config, flat_settings

    default = flat_settings(Config())
    found = flat_settings(workspace.read_config())
    own = found.keys() - default.keys()
    differing: Part = {name: _told(name, value) for name, value in found.items() if default.get(name, value) != value}
    return differing | ({"statuses": f"{len(own)} of its own"} if own else {})


def _told(name: str, value: object) -> Any:
    from issuelens.domain.tags import Severity

    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, list):
        return f"{len(value)} entries"
    return value if name.startswith("diagnostics.") and value in list(Severity) else "differs"


def _files(workspace: Workspace) -> Part:
    """Sizes in bytes, and how many files there are."""
    database = workspace.database
    sizes = [
        *(database, database.with_name(f"{database.name}-wal"), workspace.config_file),
        *workspace.shared_files,
        *workspace.daemon_logs,
    ]
    folders = {"templates": workspace.templates, "drafts": workspace.drafts, "put aside": workspace.aside}
    return {
        **{path.name: path.stat().st_size for path in sizes if path.exists()},
        **{name: sum(1 for _ in folder.iterdir()) for name, folder in folders.items() if folder.is_dir()},
        "elsewhere": workspace.directory.parent != workspace.root,
    }


def _file_system(workspace: Workspace) -> Part:
    from issuelens.process import file_system_type

    return {
        "type": _form(_PLAIN, file_system_type(workspace.directory)),
        "locks work": _tried(lambda: _locks_work(workspace)),
        "free bytes": _free(workspace.directory),
    }


def _free(folder: Path) -> int:
    import shutil

    return shutil.disk_usage(folder).free


def _locks_work(workspace: Workspace) -> bool:
    """Whether a lock keeps others out. It is tried on a file of its own."""
    import tempfile

    from issuelens.ipc.locks import FileLock

    descriptor, name = tempfile.mkstemp(prefix=".lock.", suffix=".part", dir=workspace.directory)
    os.close(descriptor)
    first, second = FileLock(Path(name)), FileLock(Path(name))
    try:
        return first.acquire(wait=False) and not second.acquire(wait=False)
    finally:
        first.release()
        second.release()
        Path(name).unlink()


def _log(workspace: Workspace) -> Part:
    from issuelens.cli.faults import last_faults

    return last_faults(workspace)


# How it is shown

_HEAD: Final = """\
# Issuelens report

Versions, numbers and names of our own. Titles, texts, ids, names of people and files, settings' texts and messages are
left out; look it through all the same before you hand it on.
"""


def as_markdown(report: Part) -> str:
    """The report as a document that can be pasted."""
    parts = "\n\n".join("\n".join(_lines(name, value)) for name, value in report.items())
    return f"{_HEAD}\n```text\n{parts}\n```\n"


def _lines(name: str, value: Any, depth: int = 0) -> Iterator[str]:
    indent = "  " * depth
    if isinstance(value, dict) and value:
        yield f"{indent}{name}:"
        for inner, one in value.items():
            yield from _lines(inner, one, depth + 1)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        yield f"{indent}{name}:"
        for one in value:
            yield f"{indent}  - {', '.join(f'{inner} {_shown(text)}' for inner, text in one.items())}"
    else:
        yield f"{indent}{name}: {_shown(value)}"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | dict):
        return " < ".join(map(str, value)) or "none"
    return "unknown" if value is None else str(value)
