"""Web pages in a browser on the same machine: whatever they send, the daemon neither answers nor changes anything."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from tests.support.cli import Place
from tests.support.raw import Answered, asked, request

from issuelens.ipc import launch
from issuelens.ipc.endpoint import Endpoint

ROUTES = ("/rpc", "/ws", "/", "/favicon.ico", "/%2e%2e/rpc", "//rpc")
METHODS = ("GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH")
UPGRADE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "MTIzNDU2Nzg5MDEyMzQ1Ng==",
}
OF_PAGES = (
    {"Origin": "http://localhost"},
    {"Origin": "http://127.0.0.1:8080"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "vscode-webview://x"},
    {"origin": ""},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Mode": "no-cors"},
    {"Referer": "https://evil.example/"},
    {"Origin": "null", "Content-Type": "text/plain"},
    {"Origin": "http://localhost", "Access-Control-Request-Method": "POST"},
)
REBOUND = (
    "evil.example",
    "evil.example:80",
    "localhost.evil.example",
    "127.0.0.1.evil.example:9",
    "0.0.0.0",
    "",
    "[::2]",
)


class Daemon:
    """A running daemon, and a way to ask it as a page would."""

    def __init__(self, place: Place, there: Endpoint) -> None:
        self.place = place
        self.there = there

    def ask(self, path: str, *, has_token: bool, **options: object) -> Answered:
        """Asks with the token or without; nothing that comes back lets a page read it."""
        answer = asked(self.there, request(path, token=self.there.token if has_token else None, **options))  # type: ignore[arg-type]
        assert not [name for name in answer.headers if name.startswith("access-control-")]
        return answer


@pytest.fixture(params=["unix", "tcp"])
def daemon(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, patient_daemon: None
) -> Iterator[Daemon]:
    """A daemon on each transport, which has done nothing in the end."""
    monkeypatch.setenv("ISSUELENS_TRANSPORT", request.param)
    place = Place(tmp_path / "p")
    one = Daemon(place, launch.ensure_running(place.space))
    before = place.revision
    try:
        yield one
        assert place.revision == before
    finally:
        place.close()


def refuses_what_browsers_send(daemon: Daemon) -> None:
    for path, method, headers in product(ROUTES, METHODS, OF_PAGES):
        answer = daemon.ask(path, has_token=True, method=method, headers=headers)
        assert answer.status == 403, (path, method, headers)
    for headers in OF_PAGES:
        assert daemon.ask("/ws", has_token=True, method="GET", headers={**UPGRADE, **headers}, body="").status == 403


def refuses_rebound_names(daemon: Daemon) -> None:
    for path, host in product(ROUTES, REBOUND):
        assert daemon.ask(path, has_token=True, host=host).status in (400, 403), (path, host)
    assert daemon.ask("/rpc", has_token=True, host=None).status in (400, 403)
    for host in ("localhost:9", "127.0.0.1"):
        assert daemon.ask("/rpc", has_token=True, host=host).status == 200


def refuses_without_token(daemon: Daemon) -> None:
    for path, method in product(ROUTES, METHODS):
        assert daemon.ask(path, has_token=False, method=method).status == 401, (path, method)
    assert daemon.ask("/ws", has_token=False, method="GET", headers=UPGRADE, body="").status == 401
    odd = request("/rpc", headers={"Authorization": "Bearer \udcff\udcfe"})
    assert asked(daemon.there, odd).status == 401


def answers_posts_only(daemon: Daemon) -> None:
    for method in METHODS:
        expected = 200 if method == "POST" else 405
        assert daemon.ask("/rpc", has_token=True, method=method).status == expected
        assert daemon.ask("/", has_token=True, method=method).status == 404
    assert daemon.ask("/rpc?method=issues/create", has_token=True, method="GET", body="").status == 405


def test_a_page_gets_no_answer_whatever_it_sends(daemon: Daemon) -> None:
    refuses_what_browsers_send(daemon)
    refuses_rebound_names(daemon)
    refuses_without_token(daemon)
    answers_posts_only(daemon)
