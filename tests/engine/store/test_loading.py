"""A store, read to the last byte: what is missing, changed or misplaced in it is named."""

from __future__ import annotations

import os
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from proofbook import dsse
from proofbook.evidence import Attachment, Attempt, Case
from proofbook.log import Log, plans
from proofbook.store import Store, load
from tests.engine.store.samples import FAIL, KEY, NOON, PASS, record, run, whole, writer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

COPY = "Bring the file back from a copy of the store."
END = plans.End(finished=NOON.isoformat(), aborted=None)


def only(folder: Path) -> str:
    """The one thing that is wrong with a store."""
    (damage,) = load(folder).damage
    return str(damage)


def evidence(folder: Path) -> Path:
    """The one piece of evidence of a store."""
    (file,) = (folder / "evidence").iterdir()
    return file


def test_no_store_is_an_empty_log(tmp_path: Path) -> None:
    """A fresh clone has proved nothing, and nothing of it is damaged."""
    assert load(tmp_path / "nowhere") == Log()


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data[:-1],
        lambda data: data[:0],
        lambda data: data.replace(b'"pass"', b'"fail"'),
        lambda data: data.replace(b"a", b"\xff"),
    ],
    ids=["truncated", "emptied", "forged", "not UTF-8"],
)
def test_changed_evidence_is_named(tmp_path: Path, change: Callable[[bytes], bytes]) -> None:
    """Its bytes are not those of its name; none of the run is believed."""
    whole(tmp_path, "r1", {"a": PASS})
    file = evidence(tmp_path)
    data = change(file.read_bytes())
    file.write_bytes(data)
    digest = sha256(data).hexdigest()
    what = f"its {len(data)} bytes have the SHA-256 {digest}: it was changed"
    assert only(tmp_path) == f"evidence/{file.name}: {what}. {COPY}"
    assert load(tmp_path).testimonies == ()


def test_missing_evidence_is_named_at_the_entry_that_names_it(tmp_path: Path) -> None:
    """The log says that it was there."""
    whole(tmp_path, "r1", {"a": PASS})
    file = evidence(tmp_path)
    file.unlink()
    what = f"it names evidence/{file.name}, which is not there"
    assert only(tmp_path) == f"log/r1.jsonl:2: {what}. {COPY}"


def test_evidence_that_is_no_file_or_huge_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is waited for, and nothing is read that cannot be ours."""
    whole(tmp_path, "r1", {"a": PASS})
    file = evidence(tmp_path)
    size = file.stat().st_size
    what = f"it is of {size} bytes, and nothing here is above {size - 1}"
    with monkeypatch.context() as changed:
        changed.setattr(dsse, "LARGEST", size - 1)
        damage = load(tmp_path).damage
    assert f"evidence/{file.name}: {what}. {COPY}" in map(str, damage)
    file.unlink()
    os.mkfifo(file)
    assert only(tmp_path) == f"evidence/{file.name}: it is no file. {COPY}"


def test_evidence_that_no_chain_names_is_held_to_its_name(tmp_path: Path) -> None:
    """A run may have been killed before it named it; temporary files are nobody's."""
    (digest,) = Store(tmp_path).put_evidence([b"x"])
    (tmp_path / "evidence" / f".{digest}.1a2b").write_bytes(b"half")
    assert load(tmp_path).damage == ()
    (tmp_path / "evidence" / digest).write_bytes(b"y")
    assert only(tmp_path).startswith(f"evidence/{digest}: its 1 bytes have the SHA-256 ")


def _misplaced(folder: Path, **body: object) -> str:
    """What is said of a chain whose record entry has that body."""
    chain = writer(folder, run("r1"), {"a": 1})
    (digest,) = chain.store.put_evidence([b"{}"])
    whole_body = {"claim": "a", "record": digest, "verdict": "pass", **body}
    chain._append([("record", whole_body)])
    return only(folder)


def test_a_record_of_what_was_not_planned_is_none(tmp_path: Path) -> None:
    """A chain records what its plan names."""
    said = _misplaced(tmp_path, claim="b")
    assert said == f"log/r1.jsonl:2: it names no record of a claim that was planned. {COPY}"


def test_evidence_that_is_no_record_is_named(tmp_path: Path) -> None:
    """It has the right digest, and holds something else."""
    said = _misplaced(tmp_path)
    digest = sha256(b"{}").hexdigest()
    assert said == f"evidence/{digest}: it is no record of this run: it holds no record. {COPY}"


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"claim_digest": "0"}, "it is not of a as it was planned"),
        ({"cases": ()}, "it is not of a as it was planned"),
    ],
)
def test_a_record_of_another_plan_is_none(
    tmp_path: Path, changes: dict[str, object], what: str
) -> None:
    """Another sentence, other cases: it is not what was going to be asked."""
    chain = writer(tmp_path, run("r1"), {"a": 1})
    chain.record([record("a", PASS, **changes)])
    assert only(tmp_path) == f"evidence/{evidence(tmp_path).name}: {what}. {COPY}"


def test_a_record_of_another_run_is_none(tmp_path: Path) -> None:
    """It says of which run it is, so that it cannot stand for a later one."""
    whole(tmp_path, "r1", {"a": PASS})
    old = evidence(tmp_path)
    chain = writer(tmp_path, run("r2"), {"a": 1})
    chain._append([("record", {"claim": "a", "record": old.name, "verdict": "pass"})])
    what = "it is no record of this run: it is of the run 'r1'"
    assert only(tmp_path) == f"evidence/{old.name}: {what}. {COPY}"


def test_a_verdict_that_the_log_states_otherwise_is_named(tmp_path: Path) -> None:
    """The entry's word, which stays when the evidence is pruned, is the evidence's."""
    chain = writer(tmp_path, run("r1"), {"a": 1})
    chain.record([record("a", FAIL)])
    name = evidence(tmp_path).name
    chain._append([("record", {"claim": "a", "record": name, "verdict": "pass"})])
    what = "its verdict is fail, and the log says pass"
    assert only(tmp_path) == f"evidence/{name}: {what}. {COPY}"


def test_a_fail_is_not_taken_back_by_a_later_record(tmp_path: Path) -> None:
    """A later record of the same run holds every attempt of the earlier one."""
    chain = writer(tmp_path, run("r1"), {"a": 1})
    chain.record([record("a", FAIL)])
    chain.record([record("a", PASS)])
    chain.end(END)
    assert "it takes back what an earlier record of the same run and claim says" in only(tmp_path)


def test_a_further_try_adds_to_what_was_recorded(tmp_path: Path) -> None:
    """A pass, and then a doubt: the later record counts."""
    chain = writer(tmp_path, run("r1"), {"a": 1})
    first = record("a", PASS)
    doubt = Attempt(verdict=record("a", None).verdict, reason="the release changed")
    (case,) = first.cases
    later = record("a", cases=(Case(nodeid=case.nodeid, attempts=(*case.attempts, doubt)),))
    chain.record([first])
    chain.record([later])
    chain.end(END)
    log = load(tmp_path)
    assert log.damage == ()
    assert log.testimonies[0].run.records == (later,)


def test_an_attachment_is_held_to_its_digest_too(tmp_path: Path) -> None:
    """Missing or changed, the record that names it is damaged."""
    chain = writer(tmp_path, run("r1"), {"a": 1})
    (digest,) = chain.store.put_evidence([b"GET /health 200"])
    kept = Attachment(name="exchanges", media_type="text/plain", sha256=digest, size_bytes=15)
    (case,) = record("a").cases
    attempt = Attempt(verdict=PASS, attachments=(kept,))
    chain.record([record("a", cases=(Case(nodeid=case.nodeid, attempts=(attempt,)),))])
    chain.end(END)
    log = load(tmp_path)
    assert log.damage == ()
    assert digest in log.parts[0].evidence
    (tmp_path / "evidence" / digest).unlink()
    assert f"it names evidence/{digest}, which is not there" in only(tmp_path)


def test_a_chain_under_another_name_is_none(tmp_path: Path) -> None:
    """A run's file cannot stand for another run."""
    whole(tmp_path, "r1", {"a": PASS})
    (tmp_path / "log" / "r1.jsonl").rename(tmp_path / "log" / "r2.jsonl")
    assert only(tmp_path) == f"log/r2.jsonl:1: it is the chain r1 under another name. {COPY}"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("nonsense", "it is no public key: its kind is nonsense, and only ssh-ed25519 is read"),
        ("", "it is no public key: its kind is nothing, and only ssh-ed25519 is read"),
    ],
)
def test_a_key_that_is_none_is_named(tmp_path: Path, text: str, what: str) -> None:
    """And so is the chain that it signed."""
    whole(tmp_path, "r1", {"a": PASS})
    (file,) = (tmp_path / "log" / "keys").iterdir()
    file.write_text(text)
    key, chain = sorted(load(tmp_path).damage, reverse=True)[:2]
    assert str(chain) != str(key)
    assert f"log/keys/{file.name}: {what}. {COPY}" in {str(key), str(chain)}


def test_a_key_under_another_s_name_is_named(tmp_path: Path) -> None:
    """The name is the key's fingerprint."""
    whole(tmp_path, "r1", {"a": PASS})
    (file,) = (tmp_path / "log" / "keys").iterdir()
    other = file.with_name(f"{'A' * 43}.pub")
    file.rename(other)
    damage = {each.place: each.what for each in load(tmp_path).damage}
    assert damage[f"log/keys/{other.name}"] == (
        f"it holds the key {KEY.fingerprint}, which is not the one of its name"
    )


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"of": 0}, "it is shard 1 of 0"),
        ({"shard": "1"}, "plan.shard is a text where a whole number belongs"),
        ({"run": None}, "plan.run is null where an object belongs"),
        ({"colour": "red"}, "plan has unknown keys: colour"),
    ],
)
def test_a_plan_that_plans_nothing_is_named(
    tmp_path: Path, change: dict[str, object], what: str
) -> None:
    """Whoever signed it."""
    plan = writer(tmp_path, run("r1"), {"a": 1}).plan
    with pytest.raises(ValueError, match=what):
        plans.plan({**plans.body(plan), **change})


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"finished": NOON.isoformat()}, "its run has ended before it began"),
        ({"started": "2026-11-21T12:00:00"}, "2026-11-21T12:00:00 is an instant without an offset"),
    ],
)
def test_a_plan_of_no_run_is_named(tmp_path: Path, changes: dict[str, object], what: str) -> None:
    """It has not ended, and it opened at an instant."""
    body: dict[str, Any] = plans.body(writer(tmp_path, run("r1"), {"a": 1}).plan)
    with pytest.raises(ValueError, match=what):
        plans.plan({**body, "run": {**body["run"], **changes}})


def test_a_claim_is_planned_once(tmp_path: Path) -> None:
    """Or nobody knows which of the two was meant."""
    body: dict[str, Any] = plans.body(writer(tmp_path, run("r1"), {"a": 1}).plan)
    with pytest.raises(ValueError, match="a claim is planned twice"):
        plans.plan({**body, "claims": body["claims"] * 2})


def test_a_chain_that_plans_or_ends_nothing_is_named(tmp_path: Path) -> None:
    """It is signed, and says nothing that can be understood."""
    chain = writer(tmp_path, run("r1"), {"a": 1})
    chain._append([("end", {"finished": "noon", "aborted": None})])
    what = "it ends nothing: Invalid isoformat string: 'noon'"
    assert only(tmp_path) == f"log/r1.jsonl:2: {what}. {COPY}"
    other = writer(tmp_path, run("r2"), {"a": 1})
    other._count, other._last = 0, ""
    (tmp_path / "log" / "r1.jsonl").unlink()
    (tmp_path / "log" / "r2.jsonl").write_bytes(other._line("plan", {"chain": "r2"}))
    assert only(tmp_path).startswith("log/r2.jsonl:1: it plans nothing: plan lacks claims, ")


def test_a_store_of_which_a_part_may_not_be_read_is_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not taken for one that has less in it."""
    whole(tmp_path, "r1", {"a": PASS})
    (digest,) = Store(tmp_path).put_evidence([b"x"])
    opened = os.open

    def refused(path: object, flags: int, *rest: int) -> int:
        if str(path).endswith((".jsonl", ".pub", digest)):
            raise PermissionError(13, "Permission denied")
        return opened(str(path), flags, *rest)

    monkeypatch.setattr(os, "open", refused)
    places = {each.place: each.what for each in load(tmp_path).damage}
    assert places["log/r1.jsonl:1"] == "it cannot be read: Permission denied"
    assert places[f"evidence/{digest}"] == "it cannot be read: Permission denied"
    assert any(place.startswith("log/keys/") for place in places)
