"""Leaky doubles: loaded by the interpreter before the server or the daemon, each keeps what should be let go.

Which one leaks is read from a file each time, so that one process plays all of them, one after the other.
"""

from __future__ import annotations

from pathlib import Path

SERVER = {
    "engines": "READER.append(True)",
    "pool checkouts": "OUT.append(True)",
    "tasks": "KEPT.append(asyncio.ensure_future(asyncio.Event().wait()))",
    "objects": "KEPT.append(session._on_event)",
    "threads": "threading.Thread(target=threading.Event().wait, daemon=True).start()",
    "fds": "os.open(os.devnull, os.O_RDONLY)",
    "sockets": "KEPT.append(socket.socket())",
    "children": "KEPT.append(subprocess.Popen(['cat'], stdin=subprocess.PIPE))",
    "files": "os.close(tempfile.mkstemp()[0])",
    "locks": "KEPT.append(locked(len(KEPT)))",
    "watchers": "ctypes.CDLL(None).inotify_init()",
    "client sessions": "CLIENT.append('session')",
    "web sockets": "CLIENT.append('socket')",
    "traced memory": "KEPT.append(bytes(500_000))",
}
"""What a Session does beside closing: counter -> what keeps something."""

DAEMON = {
    "daemon clients": "LEAVE.append(True)",
    "daemon tasks": "KEPT.append(asyncio.ensure_future(asyncio.Event().wait()))",
    "daemon objects": "KEPT.extend([object()] for _ in range(200))",
    "daemon threads": "threading.Thread(target=threading.Event().wait, daemon=True).start()",
    "daemon fds": "os.open(os.devnull, os.O_RDONLY)",
    "daemon sockets": "KEPT.append(socket.socket())",
    "daemon children": "KEPT.append(subprocess.Popen(['cat'], stdin=subprocess.PIPE))",
    "daemon locks": "KEPT.append(locked(len(KEPT)))",
    "daemon watchers": "ctypes.CDLL(None).inotify_init()",
}
"""The same for a daemon, when a client has left it."""

_HOOK = """
import sys
WORDS = sys.orig_argv[sys.orig_argv.index("issuelens") + 1 :] if "issuelens" in sys.orig_argv else []
SERVES = WORDS[:1] == ["lsp"]
WRITES = WORDS[:2] == ["daemon", "run"]
if SERVES or WRITES:
    import asyncio, ctypes, os, socket, subprocess, tempfile, threading
    from pathlib import Path
    from issuelens.ipc.locks import FileLock
    KEPT, READER, OUT, CLIENT, LEAVE = [], [], [], [], []

    def locked(number):
        lock = FileLock(Path(FOLDER) / f"{WORDS[0]}-{number}.lock")
        assert lock.acquire(wait=False)
        return lock

    def leaks():
        for kept in (READER, OUT, CLIENT, LEAVE):
            kept.clear()
        return (Path(FOLDER) / WORDS[0]).read_text()

if SERVES:
    import issuelens.ipc.client as c
    import issuelens.lsp.session as s
    import issuelens.storage.database as d
    close, reader_close, disconnect = s.Session.close, d.Reader.close, c.DaemonClient._disconnect

    async def leaky_close(session):
        exec(leaks())
        await close(session)

    def leaky_reader_close(reader):
        if OUT:
            # Only now: the pool has one connection, for which a read that is still to come would wait.
            KEPT.append(reader._owned.engine.connect())
        KEPT.append(reader) if READER else reader_close(reader)

    async def leaky_disconnect(client):
        if CLIENT:
            KEPT.append((client._session, client._socket))
            if CLIENT == ["session"]:
                await client._socket.close()
            client._session = client._socket = None
        await disconnect(client)

    s.Session.close, d.Reader.close, c.DaemonClient._disconnect = leaky_close, leaky_reader_close, leaky_disconnect
if WRITES:
    import issuelens.daemon.events as e
    leave = e.EventStream.leave

    def leaky_leave(stream, subscriber):
        exec(leaks())
        if not LEAVE:
            leave(stream, subscriber)

    e.EventStream.leave = leaky_leave
"""


class Leaky:
    """Which leak is played now.

    Args:
        folder: an empty one; what is loaded before the server is in it, for PYTHONPATH.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir()
        (folder / "sitecustomize.py").write_text(f"FOLDER = {str(folder)!r}\n{_HOOK}")
        self.play()

    def play(self, server: str | None = None, daemon: str | None = None) -> None:
        """Has these counters leak from now on, and no other."""
        (self._folder / "lsp").write_text(SERVER[server] if server else "")
        (self._folder / "daemon").write_text(DAEMON[daemon] if daemon else "")
