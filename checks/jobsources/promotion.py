"""
A deployment as it stands after a promotion, and what its verification says of it: as it is, and with each part broken.

    found = verify(promoted)                 # the command is run once for each question
    found.sound, found.down["web"]           # a Verified: exit code, output, what its summary says of each address
"""

from __future__ import annotations

import json
from collections.abc import Collection
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checks.jobsources.adapter import HEALTH
from proofbook import NoVerdict
from proofbook.instruments.tap import FakeServer, Tap
from proofbook.stack import Finished

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checks.jobsources.adapter import Api
    from checks.jobsources.adapter_deployment import Deployment
    from checks.jobsources.adapter_worker import Worker
    from checks.jobsources.replies import Reply
    from proofbook.instruments.tap import Received

COMMAND = "verify-deployment"
#: Part → the variable that tells where it is.
ADDRESSES = {"api": "API_BASE_URL", "worker": "WORKER_BASE_URL", "web": "WEB_BASE_URL"}
#: One look, since nothing here becomes well by waiting.
ONCE = {"VERIFY_RETRIES": "1", "VERIFY_DELAY_SEC": "0"}
#: A few, where all is well: on a busy machine one may come to nothing.
SOME = {"VERIFY_RETRIES": "5", "VERIFY_DELAY_SEC": "1"}
HTML = {"Content-Type": "text/html"}
_summaries = count(1)


@dataclass(frozen=True, slots=True)
class Promoted:
    """API, worker and web front of one deployment, which know each other."""

    deployment: Deployment
    api: Api
    worker: Worker
    web: Worker

    @classmethod
    def up(cls, deployment: Deployment) -> Promoted:
        """Start all three. Raises `NoVerdict` if one does not start."""
        worker = deployment.worker()
        return cls(deployment, deployment.api(worker=worker), worker, deployment.web())

    def health(self, part: str) -> Reply:
        """What a part says of itself now."""
        if part == "api":
            return self.api.send("GET", HEALTH, unanswered=True)
        return (self.worker if part == "worker" else self.web).health()

    @property
    def urls(self) -> dict[str, str]:
        """Part → where it is."""
        return {"api": self.api.url, "worker": self.worker.url, "web": self.web.url}


@dataclass(frozen=True, slots=True)
class Verified:
    """One run of the verification."""

    code: int
    output: str
    #: Address, without a slash at its end → whether the summary holds its part for well.
    summary: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Verifications:
    """What it said, question by question."""

    #: What each part said of itself.
    health: Mapping[str, Reply]
    sound: Verified
    #: Parts that were asked anything in that run.
    asked: frozenset[str]
    #: By the variable that was missing.
    lacking: Mapping[str, Verified]
    #: By the part that was not there; the address under which nobody was.
    down: Mapping[str, Verified]
    nowhere: str
    web_unwell: Verified
    with_slash: Verified


def verify(promoted: Promoted) -> Verifications:
    """Run it once for each question. Raises `NoVerdict` if a run does not end."""
    urls = promoted.urls
    with ExitStack() as opened:
        taps = {part: opened.enter_context(Tap(url)) for part, url in urls.items()}
        sound = once(promoted, {part: tap.url for part, tap in taps.items()}, tries=SOME)
        asked = frozenset(part for part, tap in taps.items() if tap.exchanges())
        unwell = opened.enter_context(FakeServer(_unwell))
        gone = opened.enter_context(FakeServer(_unwell))
        gone.listener.refuse()
        return Verifications(
            health={part: promoted.health(part) for part in urls},
            sound=sound,
            asked=asked,
            lacking={name: once(promoted, urls, {name}) for name in ADDRESSES.values()},
            down={part: once(promoted, {**urls, part: gone.url}) for part in ADDRESSES},
            nowhere=gone.url,
            web_unwell=once(promoted, {**urls, "web": unwell.url}),
            with_slash=once(promoted, {part: f"{url}/" for part, url in urls.items()}, tries=SOME),
        )


def once(
    promoted: Promoted,
    urls: Mapping[str, str],
    without: Collection[str] = (),
    *,
    tries: Mapping[str, str] = ONCE,
) -> Verified:
    """Run it with these addresses, less the variables that it is not told."""
    twin = promoted.deployment.twin
    place = f"{{home}}/verification-{next(_summaries)}.json"
    told = {ADDRESSES[part]: url for part, url in urls.items() if ADDRESSES[part] not in without}
    env = {**tries, **told, "VERIFY_SUMMARY_FILE": place}
    end = twin.command(COMMAND, env=env, without=without)
    if not isinstance(end, Finished):
        raise NoVerdict(f"the verification did not end: {end.output[-400:]}")
    return Verified(end.code, end.output, _summary(Path(twin.resolve(place))))


def told_of(summary: Any) -> dict[str, bool]:
    """Address, without a slash at its end → whether a summary holds its part for well, wherever it says so."""
    if isinstance(summary, dict) and isinstance(summary.get("url"), str) and "ok" in summary:
        return {summary["url"].rstrip("/"): summary["ok"] is True}
    inner = summary.values() if isinstance(summary, dict) else summary
    inner = inner if isinstance(inner, Collection) and not isinstance(inner, str) else ()
    return {url: is_well for each in inner for url, is_well in told_of(each).items()}


def _summary(path: Path) -> dict[str, bool]:
    """What the summary in a file says; nothing where there is none."""
    try:
        return told_of(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _unwell(received: Received) -> tuple[int, str, Mapping[str, str]]:
    """A front whose pages are shown, and whose health is not well."""
    return (500, "{}", {}) if received.path == HEALTH else (200, "<html></html>", HTML)
