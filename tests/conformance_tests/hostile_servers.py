"""Servers that answer every request in one way, none of them a good one."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Answer = Callable[[socket.socket], None]


def says(text: str) -> Answer:
    """Answer with the text, and end the connection."""
    return lambda client: client.sendall(text.encode("latin-1"))


def status(line: str, *headers: str, body: str = "") -> Answer:
    head = "".join(f"{text}\r\n" for text in (*headers, f"Content-Length: {len(body)}"))
    return says(f"HTTP/1.1 {line}\r\n{head}\r\n{body}")


def hangs(client: socket.socket) -> None:
    client.recv(1)  # until the other side has enough


def drips(client: socket.socket) -> None:
    """Send a byte now and then: no single wait is long."""
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        client.sendall(b" ")
        threading.Event().wait(0.02)


def drips_headers(client: socket.socket) -> None:
    client.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while True:
        client.sendall(b"x")
        threading.Event().wait(0.02)


def has_no_end(client: socket.socket) -> None:
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
    while True:
        client.sendall(b"[" * 65536)


def cuts_off(client: socket.socket) -> None:
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")


def drops(client: socket.socket) -> None:
    """Answer nothing at all."""


def request(client: socket.socket) -> str:
    """Read all of a request, if its head comes at once."""
    came = client.recv(65536).decode("latin-1")
    head, _, body = came.partition("\r\n\r\n")
    length = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
    while length and len(body) < int(length[1]):
        body += client.recv(65536).decode("latin-1")
    return f"{head}\r\n\r\n{body}"


@contextmanager
def dying(at: str) -> Iterator[str]:
    """Yield a server's URL: it answers 404 until a request's head has the text, then is gone."""
    listener = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        with listener, suppress(OSError):
            while True:
                client, _ = listener.accept()
                with client:
                    if at in request(client):
                        return
                    status("404 Not Found")(client)

    server = threading.Thread(target=run)
    server.start()
    port = listener.getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/tango/rest"
    finally:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)) as last:
            last.sendall(f"{at}\r\n\r\n".encode())
        server.join()


@contextmanager
def serving(
    answer: Answer, hears: Callable[[str], object] = len, *, reads: bool = True
) -> Iterator[str]:
    """Yield the URL of a server that answers so, in threads of this process.

    hears: gets the beginning of each request. reads: False where the answer does it.
    """
    listener = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        with suppress(OSError):  # the listener is closed
            while True:
                client, _ = listener.accept()
                threading.Thread(target=one, args=(client,), daemon=True).start()

    def one(client: socket.socket) -> None:
        with client, suppress(OSError):
            if reads:
                hears(request(client))
            answer(client)

    threading.Thread(target=run, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/tango/rest"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
