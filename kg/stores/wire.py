"""One address asked by HTTP: nothing else is asked, no redirect is followed, and every request has an end."""

from __future__ import annotations

import base64
import socket
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Event, Timer
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit, urlunsplit

from kg.errors import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from http.client import HTTPMessage, HTTPResponse

    from kg.stores.answering import Sink

CONNECTIONS = {"http": HTTPConnection, "https": HTTPSConnection}
BLOCK_BYTES = 1 << 18
TOLD = 300  # characters of a server's own words that are passed on
GOOD, REDIRECT, WRONG = 200, 300, 400  # where the HTTP statuses of each sort begin


class TooSlowError(WorkspaceError):
    """The whole answer was not there in time."""


class RefusedError(WorkspaceError):
    """The server understood the request and does not do it; `told` is what it says."""

    def __init__(self, message: str, told: str) -> None:
        super().__init__(message)
        self.told = told


class Wire:
    """Sends requests to one address. It uses no proxy, no cookie and no password file of this machine.

    Args:
        url: http or https; a name and a password in it are used as `user` and `password` are.
        user: for HTTP's basic authentication.
        password: it is in no message.

    Raises:
        WorkspaceError: it is no such address.
    """

    def __init__(self, url: str, user: str | None = None, password: str | None = None) -> None:
        try:
            parts = urlsplit(url)
            self._host, self._port = parts.hostname or "", parts.port
        except ValueError as error:
            raise WorkspaceError("the address of a SPARQL endpoint is not a URL") from error
        if parts.scheme not in CONNECTIONS or not self._host:
            raise WorkspaceError("a SPARQL endpoint's address must begin with http:// or https://")
        self._kind = CONNECTIONS[parts.scheme]
        self._target = urlunsplit(("", "", parts.path or "/", parts.query, ""))
        self.shown = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
        name = unquote(parts.username or "") if user is None else user
        self._password = unquote(parts.password or "") if password is None else password
        self._headers: dict[str, str] = {"User-Agent": "WhyRec"}
        if name or self._password:
            secret = base64.b64encode(f"{name}:{self._password}".encode()).decode()
            self._headers["Authorization"] = f"Basic {secret}"

    def post(self, body: bytes, headers: Mapping[str, str], sink: Sink, seconds: float) -> HTTPMessage:
        """Send a request and pass its answer on; gives the answer's headers.

        Args:
            body: what to send.
            headers: its type, and which types the answer may have.
            sink: takes the answer.
            seconds: from now to the last byte.

        Raises:
            TooSlowError: it takes longer.
            RefusedError: the request itself is at fault (status 400).
            WorkspaceError: the server cannot be reached, answers with an error, or sends the request away.
        """
        connection = self._kind(self._host, self._port, timeout=seconds)
        with self._told(seconds):
            try:
                connection.connect()
                with _deadline(connection.sock, seconds):
                    connection.request("POST", self._target, body, {**self._headers, **headers})
                    response = connection.getresponse()
                    self._check(response, headers.get("Accept", ""))
                    while block := response.read(BLOCK_BYTES):
                        sink.write(block)
                    found: HTTPMessage = response.headers
                    return found
            finally:
                connection.close()

    @contextmanager
    def _told(self, seconds: float) -> Iterator[None]:
        try:
            yield
        except TimeoutError as error:
            raise TooSlowError(f"{self.shown} did not answer within {seconds:g} seconds") from error
        except (OSError, HTTPException) as error:
            reason = str(error) or type(error).__name__
            raise WorkspaceError(f"{self.shown} cannot be reached: {self._hidden(reason)}") from error

    def _check(self, response: HTTPResponse, accept: str) -> None:
        if GOOD <= response.status < REDIRECT:
            found = response.headers.get_content_type()
            if accept and found not in accept:
                raise WorkspaceError(f"{self.shown} answers with {found}; {accept} was expected")
            return
        if response.status < WRONG:
            raise WorkspaceError(f"{self.shown} sends elsewhere, which is not followed; give that address")
        told = " ".join(self._hidden(response.read(BLOCK_BYTES).decode(errors="replace")).split())[:TOLD]
        message = f"{self.shown} answers with the error {response.status}: {told or response.reason}"
        raise RefusedError(message, told) if response.status == WRONG else WorkspaceError(message)

    def _hidden(self, text: str) -> str:
        return text.replace(self._password, "***") if self._password else text


@contextmanager
def _deadline(sock: socket.socket, seconds: float) -> Iterator[None]:
    """Hang up after so many seconds, however the other side spreads its bytes.

    Raises:
        TimeoutError: it came to that.
    """
    over = Event()

    def hang_up() -> None:
        over.set()
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)

    timer = Timer(seconds, hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, HTTPException, WorkspaceError):  # an answer cut short can look like anything
        if not over.is_set():
            raise
    finally:
        timer.cancel()
    if over.is_set():
        raise TimeoutError
