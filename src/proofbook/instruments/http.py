"""
Speak HTTP to a deployment, within bounds, and keep what was said.

    with Observer("http://127.0.0.1:3001") as api:
        api.request("GET", "/api/worker/health").json()

An `Observer` sends only what cannot change anything; a `Client` sends everything. Both speak to one
address alone, follow no redirect, keep no cookie, wait for a bounded time, and can be used from many
threads at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, Self, TypedDict, Unpack

import httpx

from proofbook.errors import NoVerdict
from proofbook.instruments import raw_http
from proofbook.instruments.exchanges import Journal
from proofbook.instruments.exchanges import request as received
from proofbook.instruments.hearing import HEARD, Said, cut

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from proofbook.instruments.exchanges import Exchange, Received

#: Methods that ask and change nothing (RFC 9110, section 9.2.1).
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
#: Shorter than the servers' own, so that no request meets a connection that is being closed.
_KEEP_ALIVE_SECONDS = 2.0


class Unreachable(NoVerdict):
    """Nobody took the connection: what was asked did certainly not happen."""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The request went out and no whole answer came back: whether it took effect is unknown."""

    reason: str


class Parts(TypedDict, total=False):
    """What a request may hold beside its method and path."""

    json: Any
    content: bytes | None
    headers: Mapping[str, str] | None
    #: Seconds to wait for each piece of the answer.
    timeout: float | None


class Client:
    """Everything that may be asked of one address, also what changes it."""

    def __init__(
        self, base_url: str, *, connect_seconds: float = 2.0, read_seconds: float = 10.0
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._journal = Journal()
        self._timeout = httpx.Timeout(read_seconds, connect=connect_seconds)
        self._http = httpx.Client(
            timeout=self._timeout,
            limits=httpx.Limits(keepalive_expiry=_KEEP_ALIVE_SECONDS),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            headers={"User-Agent": "proofbook"},
            trust_env=False,
            verify=raw_http.trust(),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def exchanges(self) -> tuple[Exchange, ...]:
        """The newest exchanges, oldest first."""
        return self._journal.exchanges()

    def request(self, method: str, path: str, **parts: Unpack[Parts]) -> httpx.Response:
        """
        The answer to one request, read to its end.

        Raises `Unreachable` if nobody listens, `NoVerdict` if no whole answer came.
        """
        answer = self.send(method, path, **parts)
        if isinstance(answer, Unanswered):
            raise NoVerdict(answer.reason)
        return answer

    def send(self, method: str, path: str, **parts: Unpack[Parts]) -> httpx.Response | Unanswered:
        """The answer, or that none came: for who keeps a history. Raises `Unreachable`."""
        self.refuse(method, path)
        request = self._http.build_request(
            method,
            self.base_url + path,
            json=parts.get("json"),
            content=parts.get("content"),
            headers=dict(parts.get("headers") or {}),
            timeout=self._patience(parts.get("timeout")),
        )
        said = received(request.method, path, tuple(request.headers.multi_items()), request.content)
        return self._record(said, lambda: self._http.send(request))

    def raw(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        *,
        timeout: float | None = None,
    ) -> httpx.Response | Unanswered:
        """
        The answer to a request whose line, headers and body go out byte by byte as they are given.

        `Host`, `Content-Length` and `Connection: close` are added where `headers` has none. Raises
        `Unreachable`.
        """
        self.refuse(method, path)
        patience = self._patience(timeout)
        sent = raw_http.request(self.base_url, method, path, body, headers or {})
        said = received(method, path, tuple((headers or {}).items()), body)
        return self._record(said, lambda: self._raw(method, sent, patience))

    def refuse(self, method: str, path: str) -> None:
        """Raise `NoVerdict` for what this handle does not send."""
        if not path.startswith("/"):
            raise NoVerdict(f"{method} {path}: not a path of {self.base_url}; write /…")

    def _patience(self, seconds: float | None) -> httpx.Timeout:
        if seconds is None:
            return self._timeout
        return httpx.Timeout(seconds, connect=min(seconds, self._timeout.connect or seconds))

    def _raw(self, method: str, sent: bytes, patience: httpx.Timeout) -> httpx.Response:
        answer = raw_http.exchange(self.base_url, method, sent, patience)
        # httpx would unpack what the header says is packed; the bytes stay as they came.
        headers = [each for each in answer.headers if each[0].lower() != "content-encoding"]
        return httpx.Response(answer.status, headers=headers, content=answer.body)

    def _record(
        self, said: Received, ask: Callable[[], httpx.Response]
    ) -> httpx.Response | Unanswered:
        """Ask, and keep what was asked, what came and when."""
        number = self._journal.open(said)
        outcome = _outcome(f"{said.method} {self.base_url}{said.target}", ask)
        status, reply = _gist(outcome)
        self._journal.end(number, status, reply)
        what = f"{said.method} {self.base_url}{said.target}"
        HEARD.note(Said("http", what, cut(said.body), status, cut(reply)))
        if isinstance(outcome, Unreachable):
            raise outcome
        return outcome


class Observer(Client):
    """What only looks: it refuses each method that may change something."""

    def refuse(self, method: str, path: str) -> None:
        """Raise `NoVerdict` for a method that may change something, too."""
        super().refuse(method, path)
        if method.upper() not in SAFE:
            raise NoVerdict(
                f"{method} {path}: this handle only observes {self.base_url}; "
                "what changes something needs a fixture that exercises."
            )


def _outcome(
    what: str, ask: Callable[[], httpx.Response]
) -> httpx.Response | Unanswered | Unreachable:
    try:
        return ask()
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        return Unreachable(f"{what}: nobody took the connection: {_why(error)}")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Unanswered(f"{what}: no whole answer came: {_why(error)}")


def _gist(outcome: httpx.Response | Unanswered | Unreachable) -> tuple[int | None, bytes]:
    """Status and body; without an answer, why there is none."""
    match outcome:
        case httpx.Response():
            return outcome.status_code, outcome.content
        case Unanswered(reason):
            return None, reason.encode()
        case Unreachable():
            return None, str(outcome).encode()


def _why(error: Exception) -> str:
    """What happened, in one line; some errors have no text of their own."""
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
