"""
The job sources' API: `python -m systems.jobsources.api`.

Listens on PORT (3000) of HOST (127.0.0.1), once its store answers; else it ends with 1 and says why.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys

from systems.chassis import logs, server
from systems.chassis.settings import Misconfigured
from systems.jobsources import routes, service, settings, starting
from systems.jobsources.starting import CannotStart

log = logging.getLogger("systems.jobsources")


def main() -> None:
    """Judge the environment, see to what is needed, serve; exit 1 if something is not well."""
    try:
        told = settings.read(os.environ)
    except Misconfigured as problem:
        server.refuse(problem, settings.WANTED)
        sys.exit(1)
    secrets = [os.environ.get(name, "") for name in settings.SECRETS]
    logs.start_stamped([*secrets, *(user.password for user in told.seed_users)])
    try:
        asyncio.run(starting.see_to(told.database_url, told.seed_users))
    except CannotStart as reason:
        log.error(str(reason))  # noqa: TRY400 - no bug, no traceback
        sys.exit(1)
    application = routes.application(service.build(told))
    server.serve(application, host=told.host, port=told.port)


if __name__ == "__main__":
    main()
