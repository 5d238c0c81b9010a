"""How connections behave that Streamlit opens and gives no settings for; they are found among the living objects."""

import gc
import socket

import uvicorn

KEEP_ALIVE_S = 75  # nginx's default for its own clients


def answer_at_once() -> None:
    """Let answers leave at once (TCP_NODELAY); connections take the option over from the socket that accepts them.

    Streamlit makes that socket in a way in which asyncio does not see that it is TCP, and leaves Nagle's algorithm on:
    the body of each answer over an open connection then waits 40 ms for the visitor to acknowledge its head.
    """
    found = [each for each in gc.get_objects() if type(each) is socket.socket and each.fileno() >= 0]
    for each in found:
        is_tcp = each.type == socket.SOCK_STREAM and each.family in (socket.AF_INET, socket.AF_INET6)
        if is_tcp and each.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def keep_open() -> None:
    """Keep idle connections open for longer than scripts and proxies do.

    Uvicorn closes them after 5 s. A request that is sent over one in that very moment fails, and who sent it cannot
    know whether it was taken.
    """
    for each in gc.get_objects():
        if type(each) is uvicorn.Config and each.timeout_keep_alive < KEEP_ALIVE_S:
            each.timeout_keep_alive = KEEP_ALIVE_S
