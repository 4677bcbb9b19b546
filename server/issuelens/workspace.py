"""Finds the workspace of a folder. The only place that names the files in .issues/."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from issuelens.domain.errors import AlreadyExists, InvalidConfig, InvalidField, NotInitialised, Refused, StorageError
from issuelens.domain.shared_names import is_shared
from issuelens.files import PIPE, remedy, remove_leftovers, sync_folder, write_atomically
from issuelens.ordinary import check_folder, check_ordinary, open_ordinary

if TYPE_CHECKING:
    from issuelens.domain.config import Config

DIRECTORY_NAME: Final = ".issues"
ENVIRONMENT_DIRECTORY: Final = "ISSUELENS_DIR"
"""Environment variable: a folder used in place of `.issues/`, for the work tree in ISSUELENS_WORK_TREE."""
ENVIRONMENT_WORK_TREE: Final = "ISSUELENS_WORK_TREE"
LOG_FILES: Final = 3
"""How many files of the daemon's log are kept beside the newest."""
CONFIG_LIMIT: Final = 1_000_000
"""Bytes of a config.toml."""
TEMPLATE_LIMIT: Final = 1_000_000
"""Bytes of a template."""

_GITIGNORE = """\
# This machine's own files; config.toml and issues.jsonl are shared.
*
!.gitignore
!config.toml
!issues.jsonl
!issues/
!issues/*.jsonl
!templates/
!templates/*.md
"""


class Workspace(NamedTuple):
    """A folder with its issues. `root` is the work tree, `directory` its `.issues/`; both absolute, links resolved.

    A tuple, since the command line needs it before anything slow to import.
    """

    root: Path
    directory: Path

    @property
    def config_file(self) -> Path:
        """The tracked settings."""
        return self.directory / "config.toml"

    @property
    def database(self) -> Path:
        """This machine's truth (SQLite)."""
        return self.directory / "issues.db"

    @property
    def jsonl(self) -> Path:
        """The tracked issues."""
        return self.directory / "issues.jsonl"

    @property
    def shards(self) -> Path:
        """The tracked issues, where they are in many files."""
        return self.directory / "issues"

    @property
    def shared_files(self) -> list[Path]:
        """The files of tracked issues that are there, of either layout."""
        shards = sorted(one for one in self.shards.glob("??.jsonl") if is_shared(f"issues/{one.name}"))
        return [path for path in (self.jsonl, *shards) if path.is_file() and not path.is_symlink()]

    @property
    def templates(self) -> Path:
        """The tracked templates of issues, one Markdown file each."""
        return self.directory / "templates"

    @property
    def drafts(self) -> Path:
        """Issues that are being edited as documents."""
        return self.directory / "edit"

    def draft(self, issue_id: str) -> Path:
        """The file in which an issue is edited; two ids never have the same."""
        plain = "".join(one if one.isascii() and (one.isalnum() or one in "-._") else "_" for one in issue_id)[:100]
        if plain == issue_id and not plain.startswith("."):
            return self.drafts / f"{plain}.md"
        import hashlib

        digest = hashlib.sha256(issue_id.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        return self.drafts / f"{plain.lstrip('.')}~{digest}.md"

    @property
    def aside(self) -> Path:
        """Lines of imported files that could not be read."""
        return self.directory / "aside"

    @property
    def noted(self) -> Path:
        """What merges by git have settled, until the daemon takes it over."""
        return self.directory / "conflicts"

    @property
    def gitignore(self) -> Path:
        """Keeps this machine's files out of git."""
        return self.directory / ".gitignore"

    @property
    def daemon_lock(self) -> Path:
        """Locked by the daemon for as long as it lives."""
        return self.directory / "daemon.lock"

    @property
    def spawn_lock(self) -> Path:
        """Locked by a client while it starts a daemon."""
        return self.directory / "daemon.spawn.lock"

    @property
    def daemon_log(self) -> Path:
        """The daemon's log."""
        return self.directory / "daemon.log"

    @property
    def daemon_logs(self) -> list[Path]:
        """The daemon's log and what was put aside of it, newest first; they need not be there."""
        return [self.daemon_log, *(self.directory / f"daemon.log.{number}" for number in range(1, LOG_FILES + 1))]

    @property
    def endpoint_file(self) -> Path:
        """Where the daemon listens, and its token; mode 0600."""
        return self.directory / "daemon.json"

    def is_own(self, path: Path) -> bool:
        """Whether a file (links resolved) is one of `.issues/`; those that pass a pipe on are not."""
        return path.is_relative_to(self.directory) and not (
            path.parent == self.directory and path.name.startswith(PIPE)
        )

    def remove_leftovers(self) -> list[Path]:
        """Removes temporary files of processes that were killed; see the function."""
        folders = (self.directory, self.shards, self.aside, self.drafts, self.noted, self.templates)
        return [path for folder in folders for path in remove_leftovers(folder, ".")]

    @property
    def is_initialised(self) -> bool:
        """Whether `.issues/` is there with its settings; one that is a link counts as not there."""
        return self.config_file.is_file() and not self.directory.is_symlink()

    def check_own_files(self) -> None:
        """Looks at what a repository may have put in the place of this machine's files, before a daemon begins.

        Raises:
            StorageError: when one is a link, a pipe, a device or a folder.
        """
        files = [self.config_file, self.jsonl, self.endpoint_file, self.daemon_lock, self.spawn_lock, self.gitignore]
        files += sorted([*self.directory.glob("daemon.log*"), *self.directory.glob("issues.db*")])
        try:
            for folder in (self.directory, self.shards, self.templates, self.drafts, self.aside, self.noted):
                check_folder(folder)
            for file in files:
                check_ordinary(file)
        except OSError as error:
            raise StorageError(
                f"{error.filename}: {error.strerror}, so issues can't be changed here. Move it away."
            ) from error

    @property
    def consent_token(self) -> Path:
        """What this machine's say about the workspace is bound to; mode 0600, and never in git."""
        return self.directory / "daemon.consent"

    @property
    def key(self) -> str:
        """A short name of this workspace, the same on every call; for files outside of it."""
        import hashlib

        return hashlib.sha256(os.fsencode(self.directory)).hexdigest()[:24]

    def read_config(self) -> Config:
        """The settings as they stand now.

        Raises:
            NotInitialised: when there are none.
            InvalidConfig: when they can't be used.
        """
        # Imported here: the command line finds a workspace without reading its settings.
        from issuelens.domain.config_reader import parse_config

        return parse_config(self.read_config_text())

    def read_config_text(self) -> str:
        """The text of config.toml.

        Raises:
            NotInitialised: when there is none.
            InvalidConfig: when it can't be read, is too large or is not UTF-8.
        """
        try:
            with open(self.config_file, "rb", opener=open_ordinary) as file:
                content = file.read(CONFIG_LIMIT + 1)
        except FileNotFoundError as error:
            raise not_initialised(self.root) from error
        except OSError as error:
            raise InvalidConfig(f"{self.config_file}: it can't be read: {error.strerror}") from error
        if len(content) > CONFIG_LIMIT:
            raise InvalidConfig(f"{self.config_file}: it is larger than {CONFIG_LIMIT:,} bytes")
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise InvalidConfig(f"config.toml, line {line}: it is not UTF-8", line=line, column=1) from error

    def write_config_text(self, text: str) -> None:
        """Writes config.toml; readers see the old one or the whole new one.

        Raises:
            Refused: when it can't be written.
        """
        _write_tracked(self.config_file, text)

    def changed_files(self) -> list[Path]:
        """Those of config.toml and .gitignore that are not as `initialise` makes them for the prefix.

        Raises:
            OSError: when one can't be read.
        """
        from issuelens.domain.config import render_config

        try:
            made = {self.config_file: render_config(self.read_config().prefix).encode()}
        except InvalidConfig:
            return [self.config_file]
        if os.path.lexists(self.gitignore):
            made[self.gitignore] = _GITIGNORE.encode()
        return [path for path, content in made.items() if not _says(path, content)]

    # Templates

    def template_names(self) -> list[str]:
        """The names of the templates, sorted."""
        is_there = self.templates.is_dir() and not self.templates.is_symlink()
        return sorted(path.stem for path in self.templates.glob("*.md")) if is_there else []

    def template(self, name: str) -> Path:
        """The file of a template.

        Raises:
            InvalidField: for a name that can't be one; a template never stands elsewhere.
        """
        if not name.replace("-", "").replace("_", "").isalnum() or len(name) > 60:
            raise InvalidField("template", f"{name!r} can't be a name; use letters, digits, - and _")
        return self.templates / f"{name}.md"

    def read_template(self, name: str) -> str:
        """The text of a template.

        Raises:
            Refused: when there is none, or it can't be read.
        """
        path = self.template(name)
        self._check_templates()
        if path.is_symlink() or not path.is_file():
            known = ", ".join(self.template_names()) or "none"
            raise Refused(f"There is no template {name}; there are: {known}. `issuelens template create {name}`.")
        try:
            with open(path, "rb", opener=open_ordinary) as file:
                content = file.read(TEMPLATE_LIMIT + 1)
            text = content.decode("utf-8")
        except OSError as error:
            raise Refused(f"{path} can't be read: {error.strerror}.") from error
        except UnicodeDecodeError as error:
            raise Refused(f"{path} is not UTF-8. Save it as that.") from error
        if len(content) > TEMPLATE_LIMIT:
            raise Refused(f"{path} is larger than {TEMPLATE_LIMIT:,} bytes. Make it shorter.")
        return text

    def write_template(self, name: str, text: str) -> None:
        """Writes a template.

        Raises:
            Refused: when it can't be written.
        """
        path = self.template(name)
        self._check_templates()
        try:
            self.templates.mkdir(mode=0o775, exist_ok=True)
        except OSError as error:
            raise Refused(f"{self.templates} can't be made: {error.strerror}.{remedy(error)}") from error
        _write_tracked(path, text)

    def _check_templates(self) -> None:
        if self.templates.is_symlink():
            raise Refused(f"{self.templates} is a link to elsewhere; nothing was changed. Make it a folder.")


def _says(path: Path, content: bytes) -> bool:
    with open(path, "rb", opener=open_ordinary) as file:
        return file.read(len(content) + 1) == content


def _write_tracked(path: Path, text: str) -> None:
    try:
        write_atomically(path, text.encode())
    except OSError as error:
        told = f"{path} can't be written: {error.strerror}. Nothing was changed."
        raise Refused(told + remedy(error)) from error


def not_initialised(folder: Path) -> NotInitialised:
    """The error for a folder without a workspace."""
    for candidate in (folder, *folder.parents):
        if (candidate / DIRECTORY_NAME).is_symlink():
            return NotInitialised(
                f"{candidate / DIRECTORY_NAME} is a link, and links are not followed. Make it a folder, or name that "
                f"folder in {ENVIRONMENT_DIRECTORY} and the work tree in {ENVIRONMENT_WORK_TREE}."
            )
    return NotInitialised(f"{folder} has no {DIRECTORY_NAME}/ and no folder above it has one. Run `issuelens init`.")


def find_workspace(folder: Path) -> Workspace | None:
    """The workspace that `folder` belongs to: the nearest `.issues/` upwards; None when there is none.

    ISSUELENS_DIR and ISSUELENS_WORK_TREE, when set, name the workspace of everything below that work tree.
    """
    folder = folder.resolve()
    elsewhere = _from_environment(folder)
    if elsewhere is not None:
        return elsewhere if elsewhere.is_initialised else None
    for candidate in (folder, *folder.parents):
        workspace = Workspace(candidate, candidate / DIRECTORY_NAME)
        if workspace.is_initialised:
            return workspace
    return None


def workspace_at(folder: Path) -> Workspace:
    """The workspace that `folder` belongs to, or would have if it were initialised there."""
    folder = folder.resolve()
    return find_workspace(folder) or _from_environment(folder) or Workspace(folder, folder / DIRECTORY_NAME)


def require_workspace(folder: Path) -> Workspace:
    """The workspace that `folder` belongs to.

    Raises:
        NotInitialised: when there is none.
    """
    workspace = find_workspace(folder)
    if workspace is None:
        raise not_initialised(folder)
    return workspace


def _from_environment(folder: Path) -> Workspace | None:
    directory = os.environ.get(ENVIRONMENT_DIRECTORY)
    work_tree = os.environ.get(ENVIRONMENT_WORK_TREE)
    if not directory or not work_tree:
        return None
    root = Path(work_tree).resolve()
    if folder != root and root not in folder.parents:
        return None
    return Workspace(root, Path(directory).resolve())


def initialise(folder: Path, prefix: str | None = None) -> Workspace:
    """Makes `.issues/` in `folder` with its settings; the daemon makes the database when it first starts.

    Args:
        folder: the work tree's root.
        prefix: of the ids; None makes one from the folder's name.

    Raises:
        AlreadyExists: when the folder has a workspace of its own.
        InvalidField: for a prefix that can't be one.
        Refused: when the folder can't be written.
    """
    from issuelens.domain.config import render_config
    from issuelens.domain.ids import checked_prefix, prefix_from_name

    folder = folder.resolve()
    workspace = _from_environment(folder) or Workspace(folder, folder / DIRECTORY_NAME)
    if workspace.is_initialised:
        raise AlreadyExists(f"{folder} is initialised already: {workspace.config_file} is there.")
    prefix = checked_prefix(prefix) if prefix is not None else prefix_from_name(folder.name)
    try:
        check_folder(workspace.directory)
        # Whatever the umask: who may write here, may say what the daemon opens.
        workspace.directory.mkdir(mode=0o775, exist_ok=True)
        sync_folder(workspace.directory)
        write_atomically(workspace.gitignore, _GITIGNORE.encode())
        # config.toml last: it is what makes the folder count as initialised.
        write_atomically(workspace.config_file, render_config(prefix).encode())
    except OSError as error:
        told = f"{workspace.directory} can't be written: {error.strerror}. Nothing was initialised."
        raise Refused(told + remedy(error)) from error
    return workspace
