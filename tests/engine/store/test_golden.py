"""
Evidence of earlier versions verifies for ever.

`golden/<version>/` is a store as that version wrote it; nobody makes one anew. A version that writes
another form adds a folder of its own and goes on reading these.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from proofbook.evidence import Attachment, Attempt, Case, Measurement
from proofbook.log import plans
from proofbook.signing import sshsig
from proofbook.store import act_payload, append_act, load
from proofbook.store.pruning import prune
from tests.engine.store.samples import (
    FAIL,
    KEY,
    NOON,
    OTHER_KEY,
    PASS,
    record,
    run,
    verdicts,
    whole,
    writer,
)

GOLDEN = Path(__file__).parent / "golden"
#: The version that is written now.
NEWEST = "1"
SUITE = "b" * 40


def written(folder: Path) -> None:
    """One of everything that this version writes."""
    whole(folder, "20261021T120000Z-000000", {"shop.old": PASS}, opened=NOON - timedelta(days=31))
    whole(
        folder,
        "20261121T120000Z-000001",
        {"shop.counts": PASS, "shop.old": FAIL, "shop.lost": None},
    )
    chain = writer(folder, run("20261121T130000Z-000002"), {"shop.counts": 1}, key=OTHER_KEY)
    (digest,) = chain.store.put_evidence([b'{"by": "http", "what": "GET /"}\n'])
    kept = Attachment(
        name="exchanges.jsonl", media_type="application/jsonl", sha256=digest, size_bytes=32
    )
    measured = Measurement(name="p95", promised="p95 <= 5 s", measured="412 ms", holds=True)
    attempt = Attempt(verdict=PASS, seconds=0.25, measured=(measured,), attachments=(kept,))
    (case,) = record("shop.counts").cases
    chain.record([record("shop.counts", cases=(Case(nodeid=case.nodeid, attempts=(attempt,)),))])
    chain.end(plans.End(finished=(NOON + timedelta(hours=2)).isoformat(), aborted="interrupted"))
    for number in (1, 2):
        claims = {"shop.counts": 1, "shop.old": 2, "shop.lost": 3}
        shard = writer(folder, run("20261121T140000Z-000003"), claims, shard=(number, 3))
        shard.record([record(("shop.counts", "shop.old")[number - 1])])
        shard.end(plans.End(finished=(NOON + timedelta(minutes=number)).isoformat(), aborted=None))
    writer(folder, run("20261121T150000Z-000004"), {"shop.counts": 1}).record(
        [record("shop.counts")]
    )
    signed = act_payload(
        "waiver", NOON, {"claim": "shop.old", "reason": "known — and dated"}, SUITE
    )
    append_act(folder, signed, [sshsig.sign(signed, OTHER_KEY.seed)])
    append_act(
        folder, act_payload("decision", NOON, {"gate": "promote", "cites": []}, SUITE), key=KEY
    )
    prune(folder, NOON - timedelta(days=1), NOON + timedelta(days=1), KEY, SUITE)


def files(folder: Path) -> dict[str, bytes]:
    """Everything in a store."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def test_what_is_written_now_is_what_this_version_writes(tmp_path: Path) -> None:
    """Byte for byte; whoever changes that makes a new version, and keeps reading this one."""
    written(tmp_path)
    assert files(tmp_path) == files(GOLDEN / NEWEST)


@pytest.mark.parametrize("version", ["1"])
def test_evidence_of_every_version_holds(version: str) -> None:
    """Its chains, its evidence, its signatures."""
    assert load(GOLDEN / version).damage == ()


def test_version_1_says_what_it_said() -> None:
    """Runs, shards, a pruned pass, an interrupted run, a waiver and a decision."""
    log = load(GOLDEN / "1")
    assert verdicts(GOLDEN / "1") == {
        "20261021T120000Z-000000": {"shop.old": "no_verdict"},
        "20261121T120000Z-000001": {
            "shop.counts": "pass",
            "shop.old": "fail",
            "shop.lost": "no_verdict",
        },
        "20261121T130000Z-000002": {"shop.counts": "pass"},
        "20261121T140000Z-000003": {
            "shop.counts": "pass",
            "shop.old": "pass",
            "shop.lost": "no_verdict",
        },
        "20261121T150000Z-000004": {"shop.counts": "no_verdict"},
    }
    assert {act.kind: act.signers for act in log.acts} == {
        "decision": (KEY.fingerprint,),
        "prune": (KEY.fingerprint,),
        "waiver": (OTHER_KEY.fingerprint,),
    }
    assert sorted(map(str, log.heads)) == (GOLDEN / "1.heads").read_text().splitlines()


def test_one_changed_byte_of_it_is_found(tmp_path: Path) -> None:
    """Of any file, at its beginning, middle and end."""
    whole_store = files(GOLDEN / "1")
    for name, data in whole_store.items():
        for at in {0, len(data) // 2, len(data) - 2}:
            for path, kept in whole_store.items():
                (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / path).write_bytes(kept)
            changed = bytearray(data)
            changed[at] ^= 1
            (tmp_path / name).write_bytes(changed)
            is_comment = name.endswith(".pub") and at == len(data) - 2
            assert bool(load(tmp_path).damage) is not is_comment, (name, at)
