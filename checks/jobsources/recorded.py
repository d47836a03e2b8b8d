"""
The contract's recorded requests, brought to a live run and to now.

Each was signed at a second of its own for a run of its own: the run's id is exchanged in the request and in what is
signed, and seconds are shifted, in whatever form they are spelled; what has no sense as a second stays as it is.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from checks.jobsources.adapter_callbacks import (
    SIGNATURE,
    TIMESTAMP,
    beat,
    completed,
    failed,
)
from proofbook.instruments.signatures import hmac_sha256

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checks.jobsources.adapter_callbacks import (
        Callback,
    )
    from checks.jobsources.replies import Reply

#: How far from the recorded second a number may be that stands for one near it.
NEAR_SECONDS = 10**6
SECONDS = re.compile(r"(?P<zeros>0*)(?P<seconds>\d{10})(?P<rest>\.\d+)?")


@dataclass(frozen=True, slots=True)
class Request:
    """One recorded request as it goes out now."""

    name: str
    callback: Callback
    #: `None`: the header is not sent.
    timestamp: str | None
    signature: str | None
    accepted: bool

    @property
    def headers(self) -> dict[str, str | None]:
        """What is laid over the headers of a sound callback."""
        return {TIMESTAMP: self.timestamp, SIGNATURE: self.signature}

    def misjudged(self, reply: Reply, taken: int, refused: int) -> list[str]:
        """What is wrong about the answer."""
        expected = taken if self.accepted else refused
        return [] if reply.status == expected else [f"{self.name}: {reply!r}, not {expected}"]


def callbacks(
    cases: list[dict[str, Any]], runs: Mapping[str, str], secret: str, now: int
) -> list[Request]:
    """Ends of runs, of `verify`; `runs`: recorded id → live one, for both that are named."""
    by_name = {case["name"]: case for case in cases}
    return [
        _request(case, by_name, runs, secret, now)
        for case in cases
        if case["binding"] != "function" and case["secret"]
    ]


def heartbeats(
    cases: list[dict[str, Any]], runs: Mapping[str, str], secret: str, now: int
) -> list[Request]:
    """Heartbeats, of `verify_heartbeat`."""
    return [_request({"now": 1767225600, **case}, {}, runs, secret, now) for case in cases]


def shifted(timestamp: str | None, recorded: int, now: int) -> str | None:
    """The same form of a second as far from `now` as it was from the recorded one."""
    delta = now - recorded
    if timestamp is None:
        return None
    if timestamp.startswith("0x"):
        return hex(int(timestamp, 16) + delta)
    if "e" in timestamp:
        return f"{(float(timestamp) + delta) / 1e9!r}e9"
    if timestamp.isdigit() and abs(int(timestamp) // 1000 - recorded) < NEAR_SECONDS:
        return str((int(timestamp) // 1000 + delta) * 1000)
    found = SECONDS.fullmatch(timestamp)
    if found is None:
        return timestamp
    return f"{found['zeros']}{int(found['seconds']) + delta}{found['rest'] or ''}"


def _request(
    case: Mapping[str, Any],
    by_name: Mapping[str, Mapping[str, Any]],
    runs: Mapping[str, str],
    secret: str,
    now: int,
) -> Request:
    callback = _callback(case, runs)
    stamp = shifted(case["timestamp_header"], case["now"], now)
    text = callback.text(str(now) if stamp is None else stamp)
    if "signed_as" in case:
        other = by_name[case["signed_as"]]
        text = _callback(other, runs).text(
            shifted(other["timestamp_header"], other["now"], now) or ""
        )
    elif "signed_string" in case:
        first, _, rest = case["signed_string"].partition(".")
        text = f"{shifted(first, case['now'], now)}.{rest}"
        for recorded, live in runs.items():
            text = text.replace(recorded, live)
    raw = hmac_sha256(case.get("signed_with", secret).encode(), text.encode())
    form = case.get("signature_form", "hex")
    sent = case["signature_header"] is not None
    return Request(
        name=case["name"],
        callback=callback,
        timestamp=stamp,
        signature=_spelled(raw, form) if sent else None,
        accepted=_is_accepted(case),
    )


def _callback(case: Mapping[str, Any], runs: Mapping[str, str]) -> Callback:
    told = case["input"]
    run = runs[told["sourceRunId"]]
    given = {"runId": told["runId"]} if told.get("runId") is not None else {}
    if "status" not in told:
        made = beat(run, **given)
    else:
        make = failed if told["status"] == "FAILED" else completed
        made = make(run, event_id=told.get("eventId", ""), **given)
    return replace(made, request_id=case["request_id"] or "")


def _spelled(raw: bytes, form: str) -> str:
    texts = {
        "hex": raw.hex(),
        "HEX": raw.hex().upper(),
        "sha256=hex": f"sha256={raw.hex()}",
        "base64": base64.b64encode(raw).decode(),
    }
    return texts[form]


def _is_accepted(case: Mapping[str, Any]) -> bool:
    key = "complete_path" if "complete_path" in case else "heartbeat_path"
    told = case.get("expect", case)
    return str(told[key]).startswith("accept")
