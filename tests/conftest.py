"""What every test of the project may use."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

#: What a terminal says of itself decides how wide rich's tables are, and whether they are in colour or live; whose
#: key signs, and in which repository Git looks, is said by a CI server and by Git's own hooks.
_SURROUNDINGS = frozenset(
    {
        *("COLUMNS", "LINES", "TERM", "COLORTERM", "NO_COLOR", "FORCE_COLOR", "PY_COLORS"),
        *("TTY_COMPATIBLE", "TTY_INTERACTIVE", "PROOFBOOK_KEY"),
        *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"),
    }
)

# A busy machine makes an example slow, not wrong.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

# Who starts the tests in the background of a shell has Ctrl-C ignored in all that they start;
# programs that are to feel it here must not inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def _anywhere() -> Iterator[None]:
    """Wherever the tests are started, they and their programs are told the same."""
    with pytest.MonkeyPatch.context() as patched:
        for name in _SURROUNDINGS & os.environ.keys():
            patched.delenv(name)
        yield


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update` writes golden files anew; read the difference before committing it."""
    parser.addoption("--update", action="store_true", help="write golden files anew")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Hold a text to a file; under `--update`, hold the file to the text."""

    def hold(file: Path, text: str) -> None:
        if request.config.getoption("--update"):
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")
        assert text == file.read_text(encoding="utf-8"), f"{file} differs; --update accepts it"

    return hold
