"""Files that change on the disk: the editor watches them where it can, else the Sessions do."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable
from functools import partial
from typing import Any, Final

from attrs import define, field
from lsprotocol import types

from issuelens.domain.errors import IssuelensError
from issuelens.domain.shared_names import is_shared
from issuelens.lsp.convert import uri_of
from issuelens.lsp.features.life import config_changed
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session
from issuelens.lsp.state import State
from issuelens.lsp.turns import PATHS_LIMIT
from issuelens.lsp.uri_paths import UriPaths

logger = logging.getLogger(__name__)

CONFIG_END: Final = "/.issues/config.toml"
NOTED_PART: Final = "/.issues/conflicts/"
REGISTRATION: Final = "issuelens-files"
_EVERYTHING: Final = "**/*"


def register(server: Server) -> None:
    """Registers the notifications about files."""
    watching = Watching(server)
    server.folders_changed = watching.update
    server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)(partial(_files_changed, server))
    server.feature(types.WORKSPACE_DID_CREATE_FILES)(partial(_files_made, server))
    server.feature(types.WORKSPACE_DID_DELETE_FILES)(partial(_files_made, server))
    server.feature(types.WORKSPACE_DID_RENAME_FILES)(partial(_files_renamed, server))


@define(eq=False)
class Watching:
    """Has the editor tell of files: of those in the Sessions' roots, where it takes folders, else in its own."""

    server: Server
    _watched: tuple[str, ...] | None = field(default=None)

    def update(self) -> None:
        """Asks the editor anew, when other folders are open than before."""
        files = watched_files(self.server.parameters)
        if files is None:
            for session in self.server.sessions:
                session.code.watch(partial(_heard, self.server, session))
            return
        folders: tuple[str, ...] = ()
        if files.relative_pattern_support:
            folders = tuple(sorted(uri_of(session.workspace.root) for session in self.server.sessions))
        if folders == self._watched or (not folders and files.relative_pattern_support and self._watched is None):
            return
        if self._watched:
            gone = [types.Unregistration(REGISTRATION, types.WORKSPACE_DID_CHANGE_WATCHED_FILES)]
            self.server.ask(types.CLIENT_UNREGISTER_CAPABILITY, types.UnregistrationParams(gone))
        self._watched = folders
        if folders or not files.relative_pattern_support:
            options = types.DidChangeWatchedFilesRegistrationOptions(_watchers(folders))
            wanted = types.Registration(REGISTRATION, types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
            self.server.ask(types.CLIENT_REGISTER_CAPABILITY, types.RegistrationParams([wanted]))


def _heard(server: Server, session: Session, paths: list[str]) -> None:
    """What a Session has seen itself."""
    if ".issues/config.toml" in paths:
        config_changed(server, uri_of(session.workspace.config_file))
    if any(_is_shared(path) for path in paths):
        _shared(server, session)
    session.code.touched(paths)


def _watchers(folders: Iterable[str]) -> list[types.FileSystemWatcher]:
    found = [types.FileSystemWatcher(types.RelativePattern(folder, _EVERYTHING)) for folder in folders]
    return found or [types.FileSystemWatcher(_EVERYTHING)]


def watched_files(parameters: types.InitializeParams) -> types.DidChangeWatchedFilesClientCapabilities | None:
    """What the editor says of watching files; None when it can't be asked to."""
    workspace = parameters.capabilities.workspace
    files = workspace.did_change_watched_files if workspace else None
    return files if files and files.dynamic_registration else None


def _files_changed(server: Server, params: Any) -> None:
    # As plain values: thousands may come at once, and objects of them would hold up everything else.
    changes = params.get("changes") if isinstance(params, dict) else None
    uris = [change.get("uri") for change in changes if isinstance(change, dict)] if isinstance(changes, list) else []
    tell(server, [uri for uri in uris if isinstance(uri, str)])


def _files_made(server: Server, params: types.CreateFilesParams | types.DeleteFilesParams) -> None:
    tell(server, [file.uri for file in params.files])


def _files_renamed(server: Server, params: types.RenameFilesParams) -> None:
    tell(server, [uri for file in params.files for uri in (file.old_uri, file.new_uri)])


def tell(server: Server, uris: list[str]) -> None:
    """Tells the Sessions that these files have changed, and reads settings that have."""
    for uri in uris:
        if uri.endswith(CONFIG_END):
            config_changed(server, uri)
    for session in {server.sessions.of_document(uri) for uri in uris if _is_shared(uri) or NOTED_PART in uri}:
        _shared(server, session)
    places = UriPaths.of(server.sessions)
    if len(uris) > PATHS_LIMIT:
        for session in _concerned(places, uris):
            session.code.touched(None)
        return
    paths: dict[Session, list[str]] = defaultdict(list)
    for uri in uris:
        place = places.place(uri)
        if place is not None:
            paths[place[0]].append(place[1])
    for session, some in paths.items():
        session.code.touched(some)


def _is_shared(path: str) -> bool:
    """Whether a path or URI is that of a file of tracked issues."""
    _, directory, name = f"/{path}".rpartition("/.issues/")
    return bool(directory) and is_shared(name)


def _shared(server: Server, session: Session | None) -> None:
    """Has the daemon take in issues.jsonl, which somebody has changed, where that is wanted."""
    if session is not None and session.state is State.OPEN and session.config.sync.automatic:
        server.tasks.start(_settle(session), "taking in issues.jsonl")


async def _settle(session: Session) -> None:
    from issuelens.ipc import methods
    from issuelens.ipc.sync_messages import Settle, SyncState

    try:
        await session.ask(methods.SETTLE, Settle(only_look=True), SyncState)
    except IssuelensError as error:
        logger.warning("issues.jsonl of %s is not taken in: %s", session.workspace.root, error.message)


def _concerned(places: UriPaths, uris: list[str]) -> set[Session]:
    """The Sessions of many files; asked no longer than until all are known."""
    wanted = {session for _, session, _ in places.folders}
    found: set[Session] = set()
    for uri in uris:
        place = places.place(uri)
        if place is not None and not place[1].startswith((".git/objects/", ".issues/")):
            found.add(place[0])
            if found == wanted:
                break
    return found


def saved(server: Server, uri: str) -> None:
    """A document was written to the disk."""
    server.open_todos.saved(uri)
    tell(server, [uri])
    session = server.sessions.of_document(uri)
    if session is not None and session.code.must_look:
        # Nobody watches the other files.
        session.code.touched(None)
