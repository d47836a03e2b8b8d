"""Old evidence goes, and the log says so; what something stands on stays."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from proofbook.errors import LogError
from proofbook.log import plans
from proofbook.store import act_payload, append_act, load
from proofbook.store.pruning import CITES, Pruned, prune
from tests.engine.store.samples import FAIL, KEY, NOON, PASS, record, run, verdicts, whole, writer

if TYPE_CHECKING:
    from pathlib import Path

DAY = timedelta(days=1)
NOW = NOON + 100 * DAY
SUITE = "b" * 40


def pruned(folder: Path) -> tuple[str, ...]:
    """The runs whose evidence went."""
    return prune(folder, NOW - 30 * DAY, NOW, KEY, SUITE).chains


def test_what_is_old_goes_and_the_log_still_holds(tmp_path: Path) -> None:
    """Its pass proves nothing any more, its fail is still one; the chain and its head stay."""
    head = whole(tmp_path, "old", {"a": PASS, "b": FAIL, "c": PASS})
    whole(tmp_path, "new", {"a": PASS, "b": PASS, "c": PASS}, opened=NOW - DAY)
    went = prune(tmp_path, NOW - 30 * DAY, NOW, KEY, SUITE)
    assert (went.chains, len(went.evidence)) == (("old",), 3)
    log = load(tmp_path)
    assert log.damage == ()
    assert log.extends(head)
    (act,) = log.acts
    assert (act.kind, act.signers, act.head) == ("prune", (KEY.fingerprint,), went.head)
    assert act.body["evidence"] == list(went.evidence)
    assert verdicts(tmp_path) == {
        "old": {"a": "no_verdict", "b": "fail", "c": "no_verdict"},
        "new": {"a": "pass", "b": "pass", "c": "pass"},
    }
    (old, _) = log.testimonies
    assert old.run.reason(old.run.records[0]) == "its evidence was pruned"


def test_nothing_goes_twice(tmp_path: Path) -> None:
    """And nothing is logged of nothing."""
    whole(tmp_path, "old", {"a": PASS})
    whole(tmp_path, "new", {"a": PASS}, opened=NOW - DAY)
    assert pruned(tmp_path) == ("old",)
    again = prune(tmp_path, NOW - 30 * DAY, NOW, KEY, SUITE)
    assert again == Pruned(chains=(), evidence=(), head=None)
    assert len(load(tmp_path).acts) == 1


def test_the_newest_run_of_a_claim_stays(tmp_path: Path) -> None:
    """However old: its release may still be the one that runs."""
    whole(tmp_path, "old", {"a": PASS, "b": PASS})
    whole(tmp_path, "new", {"a": PASS}, opened=NOW - DAY)
    assert pruned(tmp_path) == ()


def test_what_a_decision_cites_stays(tmp_path: Path) -> None:
    """Whoever asks why it was opened finds what it stood on."""
    whole(tmp_path, "old", {"a": PASS})
    whole(tmp_path, "new", {"a": PASS}, opened=NOW - DAY)
    append_act(tmp_path, act_payload("decision", NOON, {CITES: ["old"]}, SUITE), key=KEY)
    assert pruned(tmp_path) == ()


def test_what_has_not_expired_stays(tmp_path: Path) -> None:
    """A drill counts for as long as its sentence says."""
    chain = writer(tmp_path, run("old"), {"a": 1})
    chain.record([record("a", PASS, valid_until=(NOW + DAY).isoformat())])
    chain.end(plans.End(finished=NOON.isoformat(), aborted=None))
    whole(tmp_path, "new", {"a": PASS}, opened=NOW - DAY)
    assert pruned(tmp_path) == ()
    assert prune(tmp_path, NOW + DAY, NOW + 2 * DAY, KEY, SUITE).chains == ("old",)


def test_cut_off_while_pruning_it_is_pruned_all_the_same(tmp_path: Path) -> None:
    """The entry stands first: what is named in it counts no more, whether its file is there or not."""
    whole(tmp_path, "old", {"a": PASS, "b": PASS})
    whole(tmp_path, "new", {"a": PASS, "b": PASS}, opened=NOW - DAY)
    before = {file: file.read_bytes() for file in (tmp_path / "evidence").iterdir()}
    went = prune(tmp_path, NOW - 30 * DAY, NOW, KEY, SUITE)
    file = tmp_path / "evidence" / went.evidence[0]
    file.write_bytes(before[file])
    log = load(tmp_path)
    assert log.damage == ()
    assert set(verdicts(tmp_path)["old"].values()) == {"no_verdict"}


def test_a_damaged_store_is_not_pruned(tmp_path: Path) -> None:
    """Pruning would hide what is missing."""
    whole(tmp_path, "old", {"a": PASS})
    whole(tmp_path, "new", {"a": PASS}, opened=NOW - DAY)
    evidence = load(tmp_path).parts[0].evidence[0]
    (tmp_path / "evidence" / evidence).unlink()
    with pytest.raises(LogError, match=r"nothing was pruned: .* is damaged"):
        prune(tmp_path, NOW - 30 * DAY, NOW, KEY, SUITE)


def test_evidence_that_went_without_a_word_is_damage(tmp_path: Path) -> None:
    """An entry that names other evidence excuses nothing."""
    whole(tmp_path, "old", {"a": PASS})
    append_act(tmp_path, act_payload("prune", NOON, {"evidence": ["0" * 64, 7]}, SUITE), key=KEY)
    (file,) = (tmp_path / "evidence").iterdir()
    file.unlink()
    assert [each.place for each in load(tmp_path).damage] == ["log/old.jsonl:2"]
