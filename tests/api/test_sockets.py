"""How the server's connections behave."""

import socket

import uvicorn

from podcast_core.api.front import sockets


def test_idle_connections_stay_open_for_longer_than_clients_keep_them() -> None:
    short, long = uvicorn.Config("app:app"), uvicorn.Config("app:app", timeout_keep_alive=600)
    sockets.keep_open()
    assert (short.timeout_keep_alive, long.timeout_keep_alive) == (sockets.KEEP_ALIVE_S, 600)


def test_answers_leave_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.socket() as other:
        sockets.answer_at_once()
        assert listening.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert not other.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
