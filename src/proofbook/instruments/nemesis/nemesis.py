"""Who plays a schedule, each lane in a thread of its own, and heals whatever it did."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from proofbook.instruments.nemesis.powers import Power
    from proofbook.instruments.nemesis.schedule import Deed, Schedule
    from proofbook.instruments.workers.recorder import Recorder


class Nemesis:
    """
    Plays while it is entered, until the schedule is through; leaving it ends it early, and heals.

    Each deed is an event of the recorder's history, from the stroke until it was healed. What breaks in
    a lane ends all lanes, and is raised on leaving.
    """

    def __init__(self, powers: Sequence[Power], schedule: Schedule, recorder: Recorder) -> None:
        self.schedule = schedule
        #: Name of a power → how many things its deeds touched.
        self.touched: Counter[str] = Counter()
        self._powers = {power.name: power for power in powers}
        self._recorder = recorder
        self._over = threading.Event()
        self._errors: list[Exception] = []
        self._threads = [
            threading.Thread(target=self._play, args=(deeds,), name=f"nemesis {lane}")
            for lane, deeds in schedule.lanes().items()
        ]
        recorder.history.plan["nemesis"] = schedule.as_json()

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()
        if self._errors and error is None:
            raise self._errors[0]

    @property
    def is_playing(self) -> bool:
        """Whether a deed is under way or to come."""
        return any(thread.is_alive() for thread in self._threads)

    def unwitnessed(self) -> tuple[str, ...]:
        """Why the run proves too little: a sentence for each power of the schedule that touched nothing."""
        names = dict.fromkeys(deed.power for deed in self.schedule.deeds)
        return tuple(f"'{name}' touched nothing" for name in names if not self.touched[name])

    def _play(self, deeds: Sequence[Deed]) -> None:
        for deed in deeds:
            if self._over.wait(deed.pause_seconds):
                return
            try:
                self._recorder.trouble(deed.power, lambda deed=deed: self._do(deed))  # type: ignore[misc]  # bound now
            except Exception as error:  # noqa: BLE001 - raised in the caller's thread
                self._errors.append(error)
                self._over.set()

    def _do(self, deed: Deed) -> None:
        power = self._powers[deed.power]
        with power.strike(deed.aim) as touch:
            self._over.wait(deed.seconds)
        self.touched[power.name] += touch()
