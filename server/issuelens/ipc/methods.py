"""The names of the daemon's methods and headers. It imports nothing, since the one-shot client needs it fast."""

from __future__ import annotations

from typing import Final

PROTOCOL: Final = 1
"""Raised when an older client could misread an answer."""

CREATE: Final = "issues/create"
UPDATE: Final = "issues/update"
START: Final = "issues/start"
CLOSE: Final = "issues/close"
REOPEN: Final = "issues/reopen"
DELETE: Final = "issues/delete"
RESTORE: Final = "issues/restore"
MERGE: Final = "issues/merge"
COMMENT: Final = "comments/add"
EDIT_COMMENT: Final = "comments/edit"
DELETE_COMMENT: Final = "comments/delete"
ADD_DEPENDENCIES: Final = "dependencies/add"
REMOVE_DEPENDENCIES: Final = "dependencies/remove"
UNDO: Final = "history/undo"
IMPORT: Final = "issues/import"
SYNC: Final = "issues/sync"

GET: Final = "issues/get"
LIST: Final = "issues/list"
BLOCKED: Final = "issues/blocked"
TREE: Final = "issues/tree"
EPICS: Final = "issues/epics"
STATS: Final = "issues/stats"
DUPLICATES: Final = "issues/duplicates"
COMPLETE: Final = "issues/complete"
EXPORT: Final = "issues/export"
HISTORY: Final = "history/list"
TODOS: Final = "code/todos"
REFERENCES: Final = "code/references"
REFRESH_CODE: Final = "code/refresh"
CHECK: Final = "workspace/check"
REPAIR: Final = "workspace/repair"

HELLO: Final = "daemon/hello"
STATUS: Final = "daemon/status"
STOP: Final = "daemon/stop"

EVENT: Final = "issuelens/event"
"""The notification after each commit; its params are an Event."""
GOODBYE: Final = "issuelens/goodbye"
"""The notification before the daemon closes a connection; its params are a Goodbye."""

HEADER_TOKEN: Final = "Authorization"
"""`Bearer <token>`; the token stands in daemon.json."""
HEADER_CLIENT: Final = "X-Issuelens-Client"
"""What the client is, for the history: `cli`, `lsp/neovim`, …"""
HEADER_BATCHES: Final = "X-Issuelens-Batches"
"""Sent by a client of the WebSocket that takes several messages in one frame, as a JSON array."""
PROGRESS_TYPE: Final = "application/x-ndjson"
"""Accepted by a one-shot client that wants lines `{"progress": [done, all]}` before the answer's line."""
