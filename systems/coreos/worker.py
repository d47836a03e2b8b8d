"""
The CORE OS worker: `python -m systems.coreos.worker`.

Polls the API of COREOS_API_URL, runs one job at a time, and posts what came of it. It listens nowhere and knows no
store. SIGTERM and SIGINT end it: at once when idle, else when its job is posted or the grace is over.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time

from systems.chassis import logs
from systems.chassis.settings import Misconfigured
from systems.coreos import worker_settings
from systems.coreos.polling import Worker

ENDINGS = (signal.SIGTERM, signal.SIGINT)
log = logging.getLogger("Worker")


def _end_on_signal(worker: Worker, grace_seconds: float) -> None:
    """In a thread of its own: pass the signal on, and end the process when its grace is over."""
    number = signal.sigwait(ENDINGS)
    log.info("%s: no new claim", signal.Signals(number).name)
    worker.ending.set()
    time.sleep(grace_seconds)
    log.warning("the grace is over: leaving without a result")
    os._exit(0)


def main() -> None:
    """Run until told to end: exit 0; 1 if the environment is wrong."""
    logs.start_plain([os.environ.get("JOB_WORKER_HMAC_SECRET", "")])
    try:
        settings = worker_settings.read(os.environ)
    except Misconfigured as problem:
        for name in problem.missing:
            sys.stderr.write(f"[FATAL] Configuration error: {name} is required\n")
        for name in problem.invalid:
            sys.stderr.write(f"[FATAL] Configuration error: {name} is invalid\n")
        sys.exit(1)
    # Blocked before any thread starts, so that only the thread that waits for them gets them.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
    worker = Worker(settings)
    ender = threading.Thread(
        target=_end_on_signal, args=(worker, settings.grace_seconds), daemon=True
    )
    ender.start()
    worker.run()


if __name__ == "__main__":
    main()
