"""`config import-todos`: the settings of other TODO extensions become those of this workspace."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from issuelens.cli.context import Cli
from issuelens.cli.options import dry_run_option, json_option
from issuelens.cli.output import one_line, printable, write, write_json
from issuelens.domain.errors import Refused

if TYPE_CHECKING:
    from issuelens.todos.editor_settings import LeftOut, Taken
    from issuelens.todos.taking_over import Changes

SETTINGS: Final = ".vscode/settings.json"
WORKSPACE_FILE: Final = ".code-workspace"


@click.command("import-todos")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@dry_run_option
@json_option
@click.pass_obj
def import_todos(cli: Cli, file: Path | None, dry_run: bool, as_json: bool) -> None:
    """Take the tags, excludes and colours of another TODO extension over into config.toml.

    FILE is an editor's settings.json or a .code-workspace file (default: .vscode/settings.json of the workspace). What
    config.toml says stays.

    Example: issuelens config import-todos --dry-run
    """
    from issuelens.todos.taking_over import changed_config

    path = file or _usual_file(cli)
    taken = _read(path)
    changes, text = changed_config(cli.workspace, taken)
    if changes and not dry_run:
        cli.workspace.write_config_text(text)
    if as_json:
        write_json(_shape(path, taken, changes, is_written=bool(changes) and not dry_run))
    else:
        _tell(path, taken, changes, dry_run)


def _usual_file(cli: Cli) -> Path:
    from issuelens.ordinary import check_folder

    path = cli.workspace.root / SETTINGS
    try:
        check_folder(path.parent)
    except OSError as error:
        raise Refused(f"{path.parent} can't be used: {error.strerror}. Nothing was changed.") from error
    return path


def _read(path: Path) -> Taken:
    from issuelens.todos.editor_settings import EXTENSIONS, read_editor_settings

    try:
        taken = read_editor_settings(_text(path), is_workspace=path.name.endswith(WORKSPACE_FILE))
    except ValueError as error:
        raise Refused(f"{path} can't be read: {error}. Nothing was changed.") from error
    if not taken.sources:
        known = f"{', '.join(EXTENSIONS[:-1])} or {EXTENSIONS[-1]}"
        raise Refused(f"{path} has no settings of {known}. Name the file that has them; nothing was changed.")
    return taken


def _text(path: Path) -> str:
    from issuelens.ordinary import open_ordinary
    from issuelens.todos.editor_settings import SIZE_LIMIT

    try:
        with open(path, "rb", opener=open_ordinary) as file:
            content = file.read(SIZE_LIMIT + 1)
    except FileNotFoundError as error:
        raise Refused(f"{path} is not there. Name the file that has the settings; nothing was changed.") from error
    except OSError as error:
        raise Refused(f"{path} can't be read: {error.strerror}. Nothing was changed.") from error
    if len(content) > SIZE_LIMIT:
        raise Refused(f"{path} is larger than {SIZE_LIMIT:,} bytes. Nothing was changed.")
    return content.decode("utf-8-sig")


def _shape(path: Path, taken: Taken, changes: Changes, *, is_written: bool) -> dict[str, Any]:
    return {
        "file": str(path),
        "extensions": taken.sources,
        "changes": [{"key": key, "before": before, "after": after} for key, (before, after) in changes.items()],
        "remarks": [_remark(one) for one in taken.left_out],
        "written": is_written,
    }


def _remark(one: LeftOut) -> dict[str, Any]:
    return {"setting": one.setting, "value": one.value, "taken": one.is_taken, "reason": one.reason}


def _tell(path: Path, taken: Taken, changes: Changes, dry_run: bool) -> None:
    for key, (before, after) in changes.items():
        write(f"{key}: {_difference(before, after)}")
    for one in taken.left_out:
        write(f"{'changed' if one.is_taken else 'left out'}: {_left_out(one)}")
    verb = "would be" if dry_run else "are"
    what = f"{len(changes)} settings" if len(changes) != 1 else "1 setting"
    told = f"{what} {verb} taken over" if changes else "there is nothing to take over"
    write(printable(f"{path}, {', '.join(taken.sources)}: {told}."))


def _difference(before: Any, after: Any) -> str:
    if isinstance(before, list):
        added = [f"+{one}" for one in after if one not in before] + [f"-{one}" for one in before if one not in after]
        return one_line(" ".join(added) or ", ".join(after))
    return one_line(f"{before or 'none'} -> {after}")


def _left_out(one: LeftOut) -> str:
    return one_line(f"{one.setting}{f' {one.value!r}' if one.value else ''}: {one.reason}")
