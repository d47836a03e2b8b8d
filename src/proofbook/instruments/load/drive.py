"""The generator: starts each request when it is due and keeps when it started and ended."""

from __future__ import annotations

import gc
import json
import os
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import gevent  # type: ignore[import-untyped]
from gevent.pool import Pool  # type: ignore[import-untyped]

from proofbook.instruments.load import rows
from proofbook.latency import Answer, Recording
from proofbook.latency.quantiles import quantile
from proofbook.latency.recording import UNANSWERED

if TYPE_CHECKING:
    from pathlib import Path

    from proofbook.instruments.load.plan import Plan

#: So many requests may be under way.
UNDER_WAY = 4000
#: As Unix counts: before all that did not ask for any.
_PRIORITY = -10
#: Before the first request is due.
_LEAD_SECONDS = 0.1
#: After so many late requests in a row the others get their turn.
_BATCH = 20
#: Progress is told so often, over so many seconds.
_TELL_SECONDS, _WINDOW_SECONDS = 0.2, 3.0


class Drive:
    """One process's part of a load run."""

    def __init__(self, user: Any, plan: Plan, folder: Path | None) -> None:
        self._user, self._plan, self._folder = user, plan, folder
        self._runner = user.environment.runner
        self._index, self._of = user.environment.proofbook_share
        self._pool = Pool(UNDER_WAY)
        self._answers: list[Answer] = []
        self._names: dict[str, int] = {}
        self._planned = self._dropped = 0
        #: When each request that is under way was due.
        self._open: dict[int, float] = {}
        self._recent: deque[tuple[float, float, bool]] = deque(maxlen=20_000)
        self._start = 0.0
        self._busy = (0.0, 0.0)

    def run(self) -> None:
        """Start all requests, wait for their answers, write the recording, and end the process."""
        self._user.environment.events.test_stop.add_listener(self._stopped)
        watch = gevent.spawn(self._watch, self._folder) if self._folder else None
        with suppress(OSError):  # few may; who may keeps time better on a busy machine
            os.setpriority(os.PRIO_PROCESS, 0, _PRIORITY)
        gc.collect()
        gc.freeze()
        gc.disable()
        try:
            self._begin()
            self._pool.join(self._plan.patience + 1)
        finally:
            gc.enable()
            self._keep()
            if watch:
                watch.kill()
        if self._plan.seconds and not hasattr(self._runner, "master_host"):
            self._runner.quit()

    def _begin(self) -> None:
        plan = self._plan
        self._start = time.perf_counter() + _LEAD_SECONDS
        self._busy = (time.process_time(), time.perf_counter())
        for number, due in enumerate(plan.due(index=self._index, of=self._of)):
            if plan.seconds and due >= plan.whole:
                return
            wait = self._start + due - time.perf_counter()
            if wait > 0:
                gevent.sleep(wait)
            elif number % _BATCH == 0:
                gevent.sleep(0)
            self._planned += due >= plan.warm_up
            if self._pool.full():
                self._dropped += 1
            else:
                self._open[number] = due
                self._pool.spawn(self._send, number, due)

    def _send(self, number: int, due: float) -> None:
        ask = self._user.ask(number)
        late = time.perf_counter() - self._start - due
        with self._user.client.request(
            ask.method,
            ask.path,
            name=ask.name,
            headers=dict(ask.headers),
            data=ask.body,
            catch_response=True,
            allow_redirects=False,
        ) as answer:
            took = time.perf_counter() - self._start - due
            answer.request_meta["response_time"] = took * 1000
            status = answer.status_code or UNANSWERED
        self._note(number, Answer(due, late, took, status, self._name(ask.name)))

    def _note(self, number: int, answer: Answer) -> None:
        if self._open.pop(number, None) is None:
            return  # written off already
        is_bad = not 200 <= answer.status < 400  # noqa: PLR2004 - HTTP's own classes
        self._recent.append((answer.due + answer.latency, answer.latency, is_bad))
        if answer.due >= self._plan.warm_up:
            self._answers.append(answer._replace(due=answer.due - self._plan.warm_up))

    def _name(self, name: str) -> int:
        return self._names.setdefault(name, len(self._names))

    def _stopped(self, **_: Any) -> None:
        """Somebody ended the run: what is known is kept."""
        self._keep()

    def _keep(self) -> None:
        """Write off what is still under way, and write all."""
        if self._folder is None or not self._start:
            return
        now = time.perf_counter()
        for number, due in sorted(self._open.items()):
            took = now - self._start - due
            self._note(number, Answer(due, 0.0, took, UNANSWERED, self._name("")))
        used, since = self._busy
        recording = Recording(
            answers=sorted(self._answers),
            names=tuple(self._names) or ("",),
            planned=self._planned,
            dropped=self._dropped,
            processor=(time.process_time() - used) / max(now - since, 1e-9),
            patience=self._plan.patience,
            warm_up=self._plan.warm_up,
            seconds=self._plan.seconds or max(0.0, now - self._start - self._plan.warm_up),
        )
        rows.write(self._folder / f"{self._index}{rows.SUFFIX}", recording)

    def _watch(self, folder: Path) -> None:
        """Tell how it goes, and end with the process that started this one."""
        parent = os.getppid()
        with (folder / rows.PROGRESS).open("a", encoding="utf-8") as file:
            while os.getppid() == parent:
                gevent.sleep(_TELL_SECONDS)
                if self._start:
                    file.write(json.dumps(self._progress()) + "\n")
                    file.flush()
        self._runner.quit()

    def _progress(self) -> dict[str, float]:
        """The last seconds: those that were answered, and how long the others wait already."""
        now = time.perf_counter() - self._start
        recent = [each for each in self._recent if each[0] >= now - _WINDOW_SECONDS]
        waiting = [now - due for due in self._open.values() if due <= now]
        took = sorted([each[1] for each in recent] + waiting)
        given_up = sum(each >= self._plan.patience for each in waiting)
        ended = len(recent) + given_up
        bad = sum(each[2] for each in recent) + given_up
        return {
            "count": len(took),
            "error_rate": bad / ended if ended else 0.0,
            **{f"p{share}": quantile(took, share / 100) if took else 0.0 for share in (50, 95, 99)},
        }
