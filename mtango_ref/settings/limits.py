"""The limits: how much one request, one client, or all of them may ask for."""

from __future__ import annotations

from pydantic import BaseModel

from mtango_ref.settings.fields import seconds, whole


class Limits(BaseModel):
    """The limits in force. What is beyond one has a status of its own; see manual/operating.md."""

    max_header: int = whole(
        64 * 1024, 1024, 1024**2, "Bytes of a request line and its headers; beyond, 431."
    )
    max_url: int = whole(32 * 1024, 256, 1024**2, "Bytes of a request's URL; beyond, 414.")
    max_query_keys: int = whole(
        1000, 1, 100_000, "Keys in the query of a URL, each time that one comes; beyond, 414."
    )
    max_body: int = whole(1024**2, 0, 1024**3, "Bytes of a request's body; beyond, 413.")
    max_attributes: int = whole(
        1000, 1, 100_000, "Attributes that one request may name; beyond, 414."
    )
    max_response: int = whole(
        256 * 1024**2, 1024, 4 * 1024**3, "Bytes of an answer's body; one that is longer is 503."
    )
    max_unsent: int = whole(
        256 * 1024**2,
        1024**2,
        64 * 1024**3,
        "Bytes of answers that wait for clients, of each worker; the next large one is 503.",
    )
    max_connections: int = whole(
        1000, 10, 100_000, "Connections; one more waits until another one is closed."
    )
    max_waiting: int = whole(
        500, 1, 100_000, "Requests that wait for a thread or for a device; one more is 503."
    )
    request_timeout: float = seconds(
        60.0, 0.1, 3600, "after which a request that has come whole is 504."
    )
    receive_timeout: float = seconds(
        30.0, 0.1, 3600, "in which a request must have come whole; its connection is closed then."
    )
    idle_timeout: float = seconds(
        60.0, 1, 3600, "without a byte after which a connection is closed."
    )
