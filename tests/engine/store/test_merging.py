"""Stores become one: the order does not matter, nor how often; what contradicts itself is refused."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proofbook.errors import LogError
from proofbook.log import plans
from proofbook.store import Store, load
from proofbook.store.merging import merge
from tests.engine.store.samples import (
    FAIL,
    NOON,
    OTHER_KEY,
    PASS,
    record,
    run,
    verdicts,
    whole,
    writer,
)

if TYPE_CHECKING:
    from pathlib import Path

END = plans.End(finished=NOON.isoformat(), aborted=None)
SHARDS = {"a": 1, "b": 2, "c": 3}


def shard(folder: Path, number: int, *, has_ended: bool = True) -> Path:
    """One of three shards of the run r1, in a store of its own."""
    key = {"key": OTHER_KEY} if number == 3 else {}
    chain = writer(folder, run("r1"), SHARDS, shard=(number, 3), **key)
    chain.record([record("abc"[number - 1], FAIL if number == 2 else PASS)])
    if has_ended:
        chain.end(END)
    return folder


def files(folder: Path) -> dict[str, bytes]:
    """Everything in a store."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def test_shards_become_a_run(tmp_path: Path) -> None:
    """Whatever machine each ran on, and whoever signed it."""
    sources = [shard(tmp_path / str(number), number) for number in (1, 2, 3)]
    merged = merge(sources, tmp_path / "all")
    assert verdicts(tmp_path / "all") == {"r1": {"a": "pass", "b": "fail", "c": "pass"}}
    assert [each.run.id for each in merged.runs] == ["r1"]
    assert merged.log == load(tmp_path / "all")
    assert merge(sources, tmp_path / "all").added == 0


def test_a_lost_shard_is_no_verdict_until_it_comes(tmp_path: Path) -> None:
    """The plan that the others hold names its claims."""
    merge([shard(tmp_path / "1", 1), shard(tmp_path / "3", 3)], tmp_path / "all")
    assert verdicts(tmp_path / "all") == {"r1": {"a": "pass", "b": "no_verdict", "c": "pass"}}
    merge([shard(tmp_path / "2", 2)], tmp_path / "all")
    assert verdicts(tmp_path / "all") == {"r1": {"a": "pass", "b": "fail", "c": "pass"}}


def test_a_chain_that_has_grown_since_takes_its_place(tmp_path: Path) -> None:
    """A store that was copied in the middle of a run; half a line is left behind."""
    chain = writer(tmp_path / "live", run("r1"), {"a": 1, "b": 1})
    chain.record([record("a")])
    shutil.copytree(tmp_path / "live", tmp_path / "early")
    with (tmp_path / "early" / "log" / "r1.jsonl").open("ab") as half:
        half.write(b'{"payload":"')
    chain.record([record("b")])
    chain.end(END)
    for order in (["early", "live"], ["live", "early"]):
        into = tmp_path / "-".join(order)
        merge([tmp_path / name for name in order], into)
        assert files(into) == files(tmp_path / "live")


def test_into_itself_changes_nothing(tmp_path: Path) -> None:
    """A store among the sources may be the one that is written to."""
    whole(tmp_path, "r1", {"a": PASS})
    before = files(tmp_path)
    assert merge([tmp_path], tmp_path).added == 0
    assert files(tmp_path) == before


def test_a_damaged_store_is_refused(tmp_path: Path) -> None:
    """Nothing is written, and what is wrong is named."""
    whole(tmp_path / "sick", "r1", {"a": PASS})
    (evidence,) = (tmp_path / "sick" / "evidence").iterdir()
    evidence.unlink()
    with pytest.raises(LogError) as caught:
        merge([tmp_path / "sick"], tmp_path / "all")
    assert str(caught.value) == (
        f"nothing was merged: {tmp_path / 'sick'} is damaged.\n"
        f"log/r1.jsonl:2: it names evidence/{evidence.name}, which is not there. "
        "Bring the file back from a copy of the store."
    )
    assert not (tmp_path / "all").exists()


def test_two_truths_are_refused(tmp_path: Path) -> None:
    """One name, two runs: somebody must say which it is."""
    whole(tmp_path / "1", "r1", {"a": PASS})
    whole(tmp_path / "2", "r1", {"a": FAIL})
    before = files(tmp_path / "1")
    with pytest.raises(LogError, match=r"contradict one another\.\nlog/r1\.jsonl: it and"):
        merge([tmp_path / "2"], tmp_path / "1")
    assert files(tmp_path / "1") == before


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.sampled_from(["s1", "s2", "s3", "other"]), min_size=1, max_size=4),
)
def test_the_union_is_of_files(tmp_path: Path, order: list[str]) -> None:
    """In any order, in any groups, as often as you like: the same files."""
    for number in (1, 2, 3):
        if not (tmp_path / f"s{number}").exists():
            shard(tmp_path / f"s{number}", number)
    if not (tmp_path / "other").exists():
        whole(tmp_path / "other", "r2", {"z": PASS})
    expected: dict[str, bytes] = {}
    for name in order:
        expected |= files(tmp_path / name)
    into = tmp_path / "into"
    shutil.rmtree(into, ignore_errors=True)
    shutil.rmtree(tmp_path / "half", ignore_errors=True)
    merge([tmp_path / name for name in order[::2]], tmp_path / "half")
    merge([tmp_path / name for name in order[1::2]] or [tmp_path / order[0]], into)
    merge([tmp_path / "half", into, tmp_path / order[0]], into)
    assert files(into) == expected
    assert Store(into).log.is_dir()
