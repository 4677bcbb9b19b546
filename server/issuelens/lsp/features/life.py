"""The editor's folders and settings."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from issuelens.lsp.convert import path_of, uri_of
from issuelens.lsp.server import Server
from issuelens.lsp.settings import read_settings

logger = logging.getLogger(__name__)


def register(server: Server) -> None:
    """Registers the notifications that open and close Sessions."""
    server.feature(types.INITIALIZED)(partial(_initialized, server))
    # In place of pygls' own, which keeps folders of its own.
    server.protocol.fm.add_builtin_feature(
        types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS, partial(_folders_changed, server)
    )
    server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)(partial(_configuration_changed, server))


def _initialized(server: Server, _params: types.InitializedParams) -> None:
    for uri in _first_folders(server.parameters):
        _open(server, uri)
    server.settings = read_settings(_options(server.parameters))
    server.tasks.start(_read_settings(server), "settings")
    _register(server)
    _folders_are_others(server)


def _first_folders(parameters: types.InitializeParams) -> list[str]:
    if parameters.workspace_folders:
        return [folder.uri for folder in parameters.workspace_folders]
    if parameters.root_uri:
        return [parameters.root_uri]
    return []


def _options(parameters: types.InitializeParams) -> Any:
    options = parameters.initialization_options
    return options.get("settings", options) if isinstance(options, dict) else None


def _open(server: Server, uri: str) -> None:
    session = server.sessions.open_folder(uri)
    if session is not None and session.config_problem is not None:
        server.show(types.MessageType.Warning, f"{session.config_problem.message}. The defaults are used until then.")


def _folders_changed(server: Server, params: types.DidChangeWorkspaceFoldersParams) -> None:
    for folder in params.event.removed:
        server.sessions.close_folder(folder.uri)
    for folder in params.event.added:
        _open(server, folder.uri)
    _folders_are_others(server)
    server.refresh()


def _folders_are_others(server: Server) -> None:
    server.folders_changed()
    server.open_todos.edited(document.uri for document in server.documents)


async def _read_settings(server: Server) -> None:
    """Asks the editor for its section, where it can be asked."""
    workspace = server.parameters.capabilities.workspace
    if not (workspace and workspace.configuration):
        return
    params = types.ConfigurationParams([types.ConfigurationItem(section="issuelens")])
    try:
        sections: Any = await asyncio.wrap_future(server.ask(types.WORKSPACE_CONFIGURATION, params))
    except JsonRpcException as error:
        logger.warning("the editor gave no settings: %s", error)
        return
    _use_settings(server, sections[0] if sections else None)


def _use_settings(server: Server, section: Any) -> None:
    settings = read_settings(_plain(section))
    if settings != server.settings:
        server.settings = settings
        for session in server.sessions:
            session.generation += 1
        server.refresh()


def _plain(section: Any) -> Any:
    # Some clients send {"issuelens": {...}}, some the section itself.
    return section.get("issuelens", section) if isinstance(section, dict) else section


def _configuration_changed(server: Server, params: types.DidChangeConfigurationParams) -> None:
    workspace = server.parameters.capabilities.workspace
    if workspace and workspace.configuration:
        server.tasks.start(_read_settings(server), "settings")
    else:
        _use_settings(server, params.settings)


def _register(server: Server) -> None:
    """Asks to be told of changes, where the editor lets us ask."""
    workspace = server.parameters.capabilities.workspace
    wanted = _watched_settings(workspace) if workspace else []
    if wanted:
        server.ask(types.CLIENT_REGISTER_CAPABILITY, types.RegistrationParams(wanted))


def _watched_settings(workspace: types.WorkspaceClientCapabilities) -> list[types.Registration]:
    settings = workspace.did_change_configuration
    if not (settings and settings.dynamic_registration):
        return []
    options = types.DidChangeConfigurationRegistrationOptions(section="issuelens")
    return [types.Registration("issuelens-settings", types.WORKSPACE_DID_CHANGE_CONFIGURATION, options)]


def config_changed(server: Server, uri: str) -> None:
    """Reads a workspace's config.toml again when that is what the URI names."""
    path = path_of(uri)
    session = server.sessions.of_document(uri)
    if path is None or session is None or path.name != "config.toml" or path.parent.name != ".issues":
        return
    if session.workspace.config_file != path.resolve() and session.state != "uninitialised":
        return
    if session.read_config() and session.config_problem is not None:
        server.show(types.MessageType.Warning, f"{session.config_problem.message}. The earlier settings stay.")
    if session.state == "uninitialised":
        server.tasks.start(reopen_folders(server, uri_of(path.parent.parent)), "reopen")
    else:
        server.refresh(session)


async def reopen_folders(server: Server, uri: str) -> None:
    """Opens the folders of a Session again, now that one of them was initialised."""
    session = server.sessions.of_document(uri)
    if session is None:
        return
    for folder in tuple(session.folders):
        server.sessions.close_folder(folder)
        _open(server, folder)
    _folders_are_others(server)
    fresh = server.sessions.of_document(uri)
    if fresh is not None:
        await fresh.ready()
    server.refresh()
