"""How the operator's commands ask a deployment: with the standard library, wherever there is a Python."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

ANSWER_SECONDS = 10.0
OK, CREATED = 200, 201
#: What stands for a status where nothing answered.
SILENCE = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, what kind of text came with it, and the text."""

    status: int
    kind: str
    body: bytes

    @property
    def data(self) -> Any:
        """What the API's envelope holds; None where there is no such thing."""
        try:
            told = json.loads(self.body)
        except ValueError:
            return None
        return told.get("data") if isinstance(told, dict) else None


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirection is an answer like any other."""

    def redirect_request(self, *_: object) -> None:
        """Follow none."""


def ask(method: str, url: str, *, body: object = None, token: str = "") -> Answer:
    """One answer; `SILENCE` if there is none in time."""
    headers = {"Accept": "*/*"} | ({"Authorization": f"Bearer {token}"} if token else {})
    if body is not None:
        headers["Content-Type"] = "application/json"
    content = None if body is None else json.dumps(body).encode()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects)
    try:
        request = urllib.request.Request(url, content, headers, method=method)  # noqa: S310 - an operator's own address
        with opener.open(request, timeout=ANSWER_SECONDS) as answer:
            return Answer(answer.status, answer.headers.get_content_type(), answer.read())
    except urllib.error.HTTPError as refusal:
        with refusal:
            return Answer(refusal.code, refusal.headers.get_content_type(), refusal.read())
    except (OSError, ValueError):
        return Answer(SILENCE, "", b"")


def base(environ: Mapping[str, str], name: str) -> str:
    """An address of the environment, without a slash at its end; empty if there is none."""
    return environ.get(name, "").strip().rstrip("/")
