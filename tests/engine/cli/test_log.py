"""`proofbook log` and `proofbook merge`, and every bad log that is given to them."""

from __future__ import annotations

import json
import os
import re
import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from proofbook.cli import main
from tests.engine.store.samples import FAIL, KEY, NOON, OTHER_KEY, PASS, record, run, whole, writer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

COPY = "Bring the file back from a copy of the store."


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a run in its log, and the working directory."""
    (tmp_path / "gates.toml").write_text("schema = 1\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("PROOFBOOK_KEY", raising=False)
    whole(tmp_path / "reports", "r1", {"a": PASS, "b": FAIL})
    return tmp_path


def chain(root: Path) -> Path:
    """The log's only chain."""
    return root / "reports" / "log" / "r1.jsonl"


def lines(root: Path) -> list[bytes]:
    """Of the log's only chain."""
    return chain(root).read_bytes().splitlines(keepends=True)


def put(root: Path, made: list[bytes]) -> None:
    """Make them the log's only chain."""
    chain(root).write_bytes(b"".join(made))


def test_a_log_that_holds_is_said_to(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """How much was read; 0."""
    assert main(["log", "verify"]) == 0
    assert capsys.readouterr().out == "1 runs, 2 pieces of evidence, 0 acts hold\n"
    assert main(["log", "verify", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    (head,) = told.pop("heads")
    assert told == {
        "holds": True,
        "runs": 1,
        "records": 2,
        "acts": 0,
        "unended": [],
        "damage": [],
    }
    assert main(["log", "verify", "--head", head]) == 0
    assert root.is_dir()


def test_each_run_and_act_is_a_line(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """When, what, who signed it, and the head to keep."""
    begun = writer(root / "reports", run("r2", NOON + timedelta(hours=1)), {"a": 1})
    assert main(["log", "show"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    who = KEY.fingerprint
    assert first.startswith(
        f"2026-11-21T12:00:00+00:00  run on local (shop=1), 2 claims, ended  {who}  r1:4:"
    )
    assert second == (
        f"2026-11-21T13:00:00+00:00  run on local (shop=1), 1 claims, never ended  {who}  {begun.head}"
    )


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["--release", "shop=1"], 1),
        (["--release", "shop=2"], 0),
        (["--target", "local"], 1),
        (["--target", "staging"], 0),
    ],
)
def test_what_was_found_out_about_a_release_is_found(
    root: Path, capsys: pytest.CaptureFixture[str], words: list[str], found: int
) -> None:
    """Or about a target."""
    assert root.is_dir()
    assert main(["log", "show", *words]) == 0
    assert len(capsys.readouterr().out.splitlines()) == found


def swapped(root: Path) -> str:
    """Reordered."""
    one, two, three, four = lines(root)
    put(root, [one, three, two, four])
    return "reports/log/r1.jsonl:2: it goes on from "


def doubled(root: Path) -> str:
    """Duplicated."""
    one, two, three, four = lines(root)
    put(root, [one, two, two, three, four])
    return f"reports/log/r1.jsonl:3: it stands twice: it is line 2 again. {COPY}"


def forged(root: Path) -> str:
    """A line exchanged for the same of another key's."""
    other = root / "other"
    whole(other, "r1", {"a": PASS, "b": PASS}, key=OTHER_KEY)
    one, two, _, four = lines(root)
    put(
        root,
        [one, two, (other / "log" / "r1.jsonl").read_bytes().splitlines(keepends=True)[2], four],
    )
    return (
        f"reports/log/r1.jsonl:3: it is signed by {OTHER_KEY.fingerprint}, "
        f"and no file of log/keys holds that key. {COPY}"
    )


def foreign(root: Path) -> str:
    """The whole chain by a key that nobody has."""
    other = root / "other"
    whole(other, "r1", {"a": PASS, "b": FAIL}, key=OTHER_KEY)
    shutil.copy(other / "log" / "r1.jsonl", chain(root))
    for file in (other / "evidence").iterdir():
        shutil.copy(file, root / "reports" / "evidence")
    return (
        f"reports/log/r1.jsonl:4: it is signed by {OTHER_KEY.fingerprint}, "
        f"and no file of log/keys holds that key. {COPY}"
    )


def of_another_type(root: Path) -> str:
    """A payload type that is none of ours."""
    *before, last = lines(root)
    put(root, [*before, last.replace(b"vnd.proofbook.entry", b"vnd.proofbook.salad")])
    return (
        "reports/log/r1.jsonl:4: it is no entry: it is signed as "
        "'application/vnd.proofbook.salad+json', and not as 'application/vnd.proofbook.entry+json'"
    )


def huge(root: Path) -> str:
    """More bytes than anything here has."""
    with chain(root).open("r+b") as file:
        os.truncate(file.fileno(), 2**31)
    return "reports/log/r1.jsonl:1: it is of 2147483648 bytes, and nothing here is above 1073741824"


def not_utf8(root: Path) -> str:
    """Bytes that are no text."""
    one, two, *rest = lines(root)
    put(root, [one, two.replace(b"payloadType", b"payload\xffype"), *rest])
    return "reports/log/r1.jsonl:2: it is not UTF-8 at byte "


def from_the_future(root: Path) -> str:
    """Its clock was wrong, or ours is."""
    later = datetime.now(UTC) + timedelta(days=2)
    whole(root / "reports", "r2", {"a": PASS}, opened=later)
    return "reports/log/r2.jsonl: it was made at "


def lost(root: Path) -> str:
    """A record went without a word."""
    for file in (root / "reports" / "evidence").iterdir():
        file.unlink()
    return "reports/log/r1.jsonl:2: it names evidence/"


def cut_short(root: Path) -> str:
    """Evidence of which the end is missing."""
    for file in (root / "reports" / "evidence").iterdir():
        file.write_bytes(file.read_bytes()[:-9])
    return "reports/evidence/"


def emptied(root: Path) -> str:
    """A chain without its plan."""
    put(root, [])
    return (
        "reports/log/r1.jsonl:1: its first line is cut off, and nothing says what was planned. "
        f"{COPY}"
    )


def unreadable(root: Path) -> str:
    """A folder where a file belongs."""
    chain(root).unlink()
    chain(root).mkdir()
    return f"reports/log/r1.jsonl:1: it is no file. {COPY}"


@pytest.mark.parametrize(
    "broken",
    [
        swapped,
        doubled,
        forged,
        foreign,
        of_another_type,
        huge,
        not_utf8,
        from_the_future,
        lost,
        cut_short,
        emptied,
        unreadable,
    ],
)
@pytest.mark.parametrize("verb", ["verify", "show"])
def test_a_damaged_log_is_8_and_says_where(
    root: Path, capsys: pytest.CaptureFixture[str], broken: Callable[[Path], str], verb: str
) -> None:
    """Place, what, what was expected, what to do; each its own message."""
    message = broken(root)
    if verb == "show" and broken is from_the_future:
        return
    assert main(["log", verb]) == 8
    assert message in capsys.readouterr().err


def test_a_log_cut_behind_its_pin_is_8(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Shorter, another, or gone: the log alone cannot tell, the head can."""
    main(["log", "verify", "--json"])
    (head,) = json.loads(capsys.readouterr().out)["heads"]
    put(root, lines(root)[:-1])
    assert main(["log", "verify"]) == 0
    assert "r1 never ended: nothing in it is a pass\n" in capsys.readouterr().out
    said = {}
    for name, pinned in (
        ("cut", head),
        ("another", f"r1:3:{'0' * 32}"),
        ("gone", f"r0:1:{'0' * 32}"),
    ):
        assert main(["log", "verify", "--head", pinned]) == 8
        said[name] = capsys.readouterr().err
    remedy = "The log was cut or exchanged: bring it back from a copy of the store.\n"
    assert said == {
        "cut": f"reports/log/r1.jsonl: it ends with entry 3, and the head {head} was seen. {remedy}",
        "another": f"reports/log/r1.jsonl: its entry 3 is another than that of the head r1:3:{'0' * 32}. {remedy}",
        "gone": f"reports/log/r0.jsonl: it is not there, and the head r0:1:{'0' * 32} was seen. {remedy}",
    }


def test_damage_is_told_to_scripts_too(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same three things, by name."""
    message = doubled(root)
    assert main(["log", "verify", "--json"]) == 8
    captured = capsys.readouterr()
    told = json.loads(captured.out)
    assert told["holds"] is False
    assert told["damage"] == [
        {"place": "log/r1.jsonl:3", "what": "it stands twice: it is line 2 again", "remedy": COPY}
    ]
    assert captured.err == f"{message}\n"


def test_where_there_is_no_log_nothing_is_verified(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """5, not a quiet 0."""
    shutil.rmtree(root / "reports")
    assert main(["log", "verify"]) == 5
    assert capsys.readouterr().err == (
        "nothing was verified: there is no log in reports/log. Make one with `proofbook verify`, "
        "or name its store with --store.\n"
    )


@pytest.mark.parametrize("words", [["--head", "nonsense"], ["--head", ""]])
def test_what_is_no_head_is_a_wrong_command_line(
    root: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    """It says what to copy."""
    assert root.is_dir()
    assert main(["log", "verify", *words]) == 3
    assert "is no head of a log. Copy the line that a run ends with" in capsys.readouterr().err


def test_pruning_says_what_went(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And ends with a head, like everything that is logged."""
    assert main(["log", "prune", "--older-than", "1"]) == 0
    assert capsys.readouterr().out == "nothing to prune\n"
    whole(root / "reports", "r2", {"a": PASS, "b": PASS}, opened=NOON + timedelta(minutes=9))
    whole(root / "old", "r0", {"a": PASS}, opened=NOON - timedelta(days=900))
    assert main(["merge", "old", "--into", "reports"]) == 0
    capsys.readouterr()
    days = (datetime.now(UTC) - NOON).days + 800  # older than that is r0 alone, in any year
    assert main(["log", "prune", "--older-than", str(days)]) == 0
    out = capsys.readouterr().out
    assert re.fullmatch(
        r"pruned 1 files of 1 runs\nhead of the log: prune-[0-9a-f]{32}:1:[0-9a-f]{32}\n", out
    )
    assert main(["log", "verify"]) == 0


def shard(folder: Path, number: int) -> None:
    """One of two shards of a run, in a store of its own."""
    part = writer(folder, run("r9"), {"a": 1, "b": 2}, shard=(number, 2))
    part.record([record("ab"[number - 1])])
    from proofbook.log import plans  # noqa: PLC0415 - beside its use

    part.end(plans.End(finished=(NOON + timedelta(minutes=1)).isoformat(), aborted=None))


def test_shards_are_joined_and_a_lost_one_is_missed(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The joined run is shown, and decides the exit code."""
    shard(root / "one", 1)
    shard(root / "two", 2)
    assert main(["merge", "one", "--into", "all"]) == 5
    assert "shard 2/2 of the run is missing" in capsys.readouterr().out
    assert main(["merge", "one", "two", "--into", "all"]) == 0
    out = capsys.readouterr().out
    assert "2 asked: 2 pass\n" in out
    assert (
        len(re.findall(r"^head of the log: r9\.[12]-of-2:3:[0-9a-f]{32}$", out, re.MULTILINE)) == 2
    )
    assert out.endswith("all holds 1 runs, 2 files were added\n")
    joined = json.loads((root / "all" / "runs" / "r9" / "run.json").read_text())
    assert [each["verdict"] for each in joined["records"]] == ["pass", "pass"]


def test_a_damaged_shard_is_refused(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """8, and nothing is written."""
    message = doubled(root).removeprefix("reports/")
    assert main(["merge", "reports", "--into", "all"]) == 8
    assert capsys.readouterr().err == f"nothing was merged: reports is damaged.\n{message}\n"
    assert not (root / "all").exists()


def test_a_folder_to_merge_that_is_not_there_is_3(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong command line: an artefact was not downloaded."""
    assert root.is_dir()
    assert main(["merge", "nowhere", "--into", "all"]) == 3
    assert "no such folder: nowhere. Was it downloaded?" in capsys.readouterr().err
