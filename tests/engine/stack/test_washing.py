"""Logs that programs have left, without their secrets."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from proofbook.stack import washing
from proofbook.stack.wards import Order
from tests.engine.stack.tiny import another, own_env, wait_gone

if TYPE_CHECKING:
    import pytest

    from proofbook.stack.wards import Wards

SECRET = "correct-horse-battery"
#: Starts a program that shows the secret of its target, says who is its warden, and waits.
RUNNER = """
import sys, time
from pathlib import Path
from proofbook.stack import Stack
from proofbook.targets import parse
from tests.engine.stack.tiny import DEMO
root = Path(sys.argv[1])
text = DEMO.replace('[systems.demo.api]', '[secrets]\\nkey = "file:key"\\n[systems.demo.api]', 1)
text = text.replace('{ PORT', '{ KEY = "{secret.key}", PORT')
stack = Stack(parse(text, "t.toml"), root=root, logs=root / "logs")
with stack.twin("demo") as twin:
    api = twin.start("api").process
    api.wait_for_line("environment ", 60)
    api.kill()
    print(stack._ground.wards.pid, flush=True)
    time.sleep(600)
"""


def test_a_log_that_tells_is_written_again(tmp_path: Path) -> None:
    """Secrets go, whatever else there was stays, bytes that are no text too."""
    log = tmp_path / "gw0" / "api.1.log"
    log.parent.mkdir()
    log.write_bytes(b"\xff\xfe before " + SECRET.encode() + b" after\r\nnext\x00")
    quiet = tmp_path / "db.1.log"
    quiet.write_bytes(b"nothing\n")
    before = quiet.stat().st_ino

    washing.wash(tmp_path.rglob("*.log"), {SECRET})

    assert log.read_bytes() == b"\xff\xfe before [redacted] after\r\nnext\x00"
    assert quiet.stat().st_ino == before
    assert sorted(path.name for path in tmp_path.rglob("*.*")) == ["api.1.log", "db.1.log"]


def test_a_long_log_is_washed_piece_by_piece(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A secret that stands where two pieces meet goes too."""
    monkeypatch.setattr(washing, "_PIECE", 10)
    log = tmp_path / "api.1.log"
    log.write_text(f"12345{SECRET}\n" * 3)

    washing.wash(tmp_path.rglob("*.log"), {SECRET})

    assert log.read_text() == "12345[redacted]\n" * 3


def test_without_secrets_nothing_is_read(tmp_path: Path) -> None:
    """Nor where there is no file."""
    washing.wash([tmp_path / "none.log"], {SECRET})
    (tmp_path / "a.log").symlink_to(tmp_path / "nowhere")
    washing.wash(tmp_path.rglob("*.log"), ())
    assert (tmp_path / "a.log").is_symlink()


def test_a_log_that_cannot_be_written_again_is_taken_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Better no log than one that tells."""
    log = tmp_path / "api.1.log"
    log.write_text(SECRET)

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(washing, "_wash", refuse)
    washing.wash(tmp_path.rglob("*.log"), {SECRET})

    assert not log.exists()


def test_a_runner_that_is_killed_leaves_no_secret(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its warden takes them out of what the programs wrote, those that had ended included."""
    (root / "key").write_text(SECRET)
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))
    with another(RUNNER, str(root)) as (runner, told):
        warden = int(told.readline())
        (log,) = (root / "logs").glob("demo.api.*.log")
        assert SECRET in log.read_text()

        runner.kill()

        wait_gone([warden])
    assert SECRET not in log.read_text()
    assert "[redacted]" in log.read_text()


def tell(wards: Wards, log: Path) -> None:
    """Let a program write the secret that is to be held back to its log, and end."""
    order = Order(
        name="program",
        argv=[sys.executable, "-ISc", f"print({SECRET!r})"],
        cwd=log.parent,
        env=own_env(),
        output=log,
    )
    assert wards.start(order).wait(60) == 0
    wards.hold_back([SECRET])


def test_orders_that_end_without_a_good_bye_leave_no_secret(wards: Wards, tmp_path: Path) -> None:
    """However alive the runner still seems: a process that is dying closes its files before it is gone."""
    log = tmp_path / "out.log"
    tell(wards, log)

    wards._orders.close()

    wait_gone([wards.pid])
    assert log.read_text() == "[redacted]\n"


def test_after_a_good_bye_the_logs_are_the_runners(wards: Wards, tmp_path: Path) -> None:
    """It washes them itself, once all that it wants to read in them is read."""
    log = tmp_path / "out.log"
    tell(wards, log)

    wards.close()

    assert log.read_text() == f"{SECRET}\n"
