"""What a run says, for a terminal, a CI server, a shell and the person who must act on it."""

from proofbook.report.exits import Exit, exit_code, exit_of
from proofbook.report.steps import next_step

__all__ = ["Exit", "exit_code", "exit_of", "next_step"]
