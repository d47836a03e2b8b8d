"""
What others may listen to while checks run: all of it on the process that writes the run.

Register an object with methods of these names: `pytest.main(args, plugins=[listener])`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from proofbook.errors import ProofbookError
    from proofbook.evidence import Attempt, Run
    from proofbook.log import Head
    from proofbook.pytest_plugin.plan import Plan


def pytest_proofbook_planned(config: pytest.Config, plan: Plan) -> None:
    """All checks were collected and fit their claims; nothing has run."""


def pytest_proofbook_attempt(
    config: pytest.Config, claim: str, nodeid: str, attempt: Attempt
) -> None:
    """One try at one case has ended."""


def pytest_proofbook_run(config: pytest.Config, run: Run, folder: Path, head: Head) -> None:
    """The run has ended, is written to `folder`, and its log ends with `head`."""


def pytest_proofbook_refused(config: pytest.Config, error: ProofbookError) -> None:
    """
    The session cannot go on, and why.

    `InvalidInput` before anything ran: runbooks, target or checks do not fit. `WrongPlace`: the
    deployment is another one. `ReportError`: the run cannot be written.
    """
