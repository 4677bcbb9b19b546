"""The last errors of the daemon's log without what they say: level, logger, kind, and where in our code they were."""

from __future__ import annotations

import builtins
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Final

from issuelens.cli.options import LEVELS
from issuelens.domain import errors
from issuelens.ipc import methods
from issuelens.logs import read_newest
from issuelens.workspace import Workspace

FAULTS: Final = 20
"""Records of level warning or above that are told."""
FRAMES: Final = 30
"""Frames of one record."""

_PACKAGE: Final = Path(__file__).resolve().parents[1]
_LIBRARIES: Final = frozenset(
    {"aiohttp", "alembic", "attr", "attrs", "cattrs", "click", "lsprotocol", "packaging", "platformdirs"}
    | {"pygls", "rich", "ruamel", "sqlalchemy", "tomlkit", "orjson", "py", "root"}
)
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,60}(?:\.[A-Za-z_<][A-Za-z0-9_>]{0,60}){0,8}\Z")
_FRAME: Final = re.compile(r"(issuelens(?:\.\w{1,40}){0,6}):(\d{1,6}) (\w{1,60}|<\w{1,20}>)\Z")
_TEXT_FRAME: Final = re.compile(r'\s*File ".*?[/\\](issuelens(?:[/\\]\w{1,40}){1,6})\.py", line (\d{1,6}),? in (\S+)')
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z\Z")
_KINDS: Final = errors.known_kinds()
_METHODS: Final = frozenset(value for value in vars(methods).values() if isinstance(value, str) and "/" in value)


def last_faults(workspace: Workspace) -> dict[str, Any]:
    """How many records of each level there are, and the last ones from warning on, newest first.

    What is no record (Python's own last words) is counted, with the frames of our code in it.

    Raises:
        OSError: when the log can't be read.
    """
    levels: Counter[str] = Counter()
    last: list[dict[str, Any]] = []
    texts: list[str] = []
    for record in read_newest(workspace.daemon_logs):
        if "level" not in record:
            texts.append(record["message"])
            continue
        level = _one_of(LEVELS, str(record["level"]).lower())
        levels[level] += 1
        if len(last) < FAULTS and level in LEVELS[LEVELS.index("warning") :]:
            last.append({"level": level} | _facts(record))
    return {"records": dict(levels), "last": last, **_other_lines(texts)}


def _facts(record: dict[str, Any]) -> dict[str, Any]:
    """What of a record can be told."""
    found: dict[str, Any] = {"logger": _known_name(record.get("logger"))}
    if isinstance(time := record.get("time"), str) and _TIME.match(time):
        found["time"] = time
    if "exception" in record:
        found["exception"] = _known_name(record["exception"])
    if "kind" in record:
        found["kind"] = _one_of(_KINDS, record["kind"])
    if "method" in record:
        found["method"] = _one_of(_METHODS, record["method"])
    frames = record.get("frames")
    if isinstance(frames, list) and frames:
        found["frames"] = [shown for one in frames[-FRAMES:] if (shown := _frame(_FRAME.match(str(one))))]
    return found


def _other_lines(texts: list[str]) -> dict[str, Any]:
    frames = [shown for one in texts if (shown := _frame(_TEXT_FRAME.match(one)))]
    fatal = sum(one.startswith("Fatal Python error: ") for one in texts)
    return {"other lines": len(texts), "fatal faults": fatal, "frames in other lines": frames[:FRAMES][::-1]}


def _one_of(known: Any, word: object) -> str:
    return word if isinstance(word, str) and word in known else "another"


def _known_name(name: object) -> str:
    """The name of a logger or a class; those of modules that we do not know are not told."""
    if not isinstance(name, str) or not _NAME.match(name):
        return "another"
    first, _, rest = name.partition(".")
    if first == "issuelens":
        return name if not rest or _is_ours(rest) else "another"
    is_known = first in _LIBRARIES or first in sys.stdlib_module_names or (not rest and hasattr(builtins, first))
    return name if is_known else "another"


def _is_ours(name: str) -> bool:
    """Whether there is such a module, or such a class in one."""
    module, _, last = name.rpartition(".")
    if _module(name) is not None:
        return True
    file = _module(module) if module else None
    return file is not None and f"class {last}" in file.read_text(encoding="utf-8")


def _module(name: str) -> Path | None:
    """The file of one of our modules, named from the package on."""
    path = _PACKAGE.joinpath(*name.split("."))
    files = (path.with_suffix(".py"), path / "__init__.py")
    return next((file for file in files if file.is_file()), None)


def _frame(found: re.Match[str] | None) -> str:
    """A place in our code, `daemon/app.py:180 _handled`; empty when there is no such function."""
    if found is None:
        return ""
    _, *words = re.split(r"[./\\]", found[1])
    file = _module(".".join(words)) if words else _PACKAGE / "__init__.py"
    if file is None:
        return ""
    function = found[3].rpartition(".")[2]
    if not function.startswith("<") and f"def {function}(" not in file.read_text(encoding="utf-8"):
        return ""
    shown = (
        function if re.fullmatch(r"\w+|<(?:module|lambda|genexpr|listcomp|dictcomp|setcomp)>", function) else "another"
    )
    return f"{file.relative_to(_PACKAGE).as_posix()}:{found[2]} {shown}"
