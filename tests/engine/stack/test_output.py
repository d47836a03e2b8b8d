"""Logs are read while they grow, and each start has its own."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from proofbook.errors import NoVerdict, StackError
from proofbook.stack.output import Output

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def output(tmp_path: Path) -> Output:
    """An empty log."""
    return Output.new(tmp_path, "api")


def test_each_start_has_its_own_log(tmp_path: Path) -> None:
    """Names are counted, and no earlier log is touched."""
    one = Output.new(tmp_path / "logs", "api")
    one.append("first")
    two = Output.new(tmp_path / "logs", "api")

    assert (one.path.name, two.path.name) == ("api.1.log", "api.2.log")
    assert one.text() == "first\n"
    assert one.path.stat().st_mode & 0o777 == 0o600


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """The message names the folder and the system's reason."""
    (tmp_path / "logs").write_text("a file")

    with pytest.raises(StackError) as refused:
        Output.new(tmp_path / "logs" / "deeper", "api")

    assert str(refused.value) == f"{tmp_path}/logs/deeper: no log can be written: Not a directory"


def test_only_complete_lines_count(output: Output) -> None:
    """A line that is still being written is text, but no line yet."""
    output.path.write_bytes(b"one\ntwo\nthr\xff")

    assert output.lines() == ["one", "two"]
    assert output.text() == "one\ntwo\nthr�"


def test_a_line_is_waited_for(output: Output) -> None:
    """A line that comes later is found."""
    threading.Timer(0.1, output.append, ["ready on 3001"]).start()

    found = output.wait_for_line(r"ready on \d+", 20, 0, is_running=lambda: True)

    assert found == "ready on 3001"


def test_lines_before_a_number_do_not_count(output: Output) -> None:
    """With `after`, what was there before is not looked at."""
    output.append("poll 1")
    output.append("poll 2")

    assert output.follow(1).find("poll") == "poll 2"
    assert output.follow(2).find("poll") is None


def test_a_line_is_found_once(output: Output) -> None:
    """Whoever follows a log goes on behind the line that was found, and waits for whole lines."""
    output.append("poll 1")
    output.append("poll 2")
    following = output.follow()

    assert [following.find("poll") for _ in range(3)] == ["poll 1", "poll 2", None]
    with output.path.open("a") as log:
        log.write("poll")
        log.flush()
        assert following.find("poll") is None
        log.write(" 3\n")
    assert following.find("poll") == "poll 3"


def test_a_line_that_never_comes(output: Output) -> None:
    """The reason has the pattern, the time and the last line seen."""
    output.append("starting")

    with pytest.raises(NoVerdict) as unseen:
        output.wait_for_line("ready", 0.05, 0, is_running=lambda: True)

    assert str(unseen.value) == (
        "api.1.log: no line matched 'ready' within 0.05 s; the last of 1 was 'starting'"
    )


def test_a_program_that_ended_is_not_waited_for(output: Output) -> None:
    """Nothing more can come from a program that has ended; what it said last counts."""
    with pytest.raises(NoVerdict) as unseen:
        output.wait_for_line("ready", 600, 0, is_running=lambda: False)

    assert str(unseen.value) == (
        "api.1.log: no line matched 'ready' before it ended; it wrote no line"
    )
    output.append("ready")
    assert output.wait_for_line("ready", 600, 0, is_running=lambda: False) == "ready"


def test_the_last_words(output: Output) -> None:
    """A message shows the last five lines and where the rest is."""
    assert output.tail() == f"    (it wrote nothing)\n    {output.path}"
    for number in range(7):
        output.append(f"line {number}\n")

    assert output.tail() == (
        f"    line 2\n    line 3\n    line 4\n    line 5\n    line 6\n    {output.path}"
    )
