"""What people and keys put on the log, one entry a chain."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from proofbook.errors import LogError
from proofbook.signing import sshsig
from proofbook.signing.private import private_text
from proofbook.store import act_payload, append_act, load
from tests.engine.store.samples import KEY, NOON, OTHER_KEY

if TYPE_CHECKING:
    from pathlib import Path

BODY = {"claim": "shop.open", "reason": "known — and dated"}
SIGNED = act_payload("waiver", NOON, BODY, "b" * 40)


def test_a_person_signs_with_the_key_that_they_have(tmp_path: Path) -> None:
    """`ssh-keygen -Y sign -n proofbook`, over text that can be read."""
    key, message = tmp_path / "id", tmp_path / "message"
    key.write_text(private_text(OTHER_KEY))
    key.chmod(0o600)
    message.write_bytes(SIGNED)
    subprocess.run(
        ["ssh-keygen", "-q", "-Y", "sign", "-n", "proofbook", "-f", key, message], check=True
    )
    head = append_act(tmp_path / "reports", SIGNED, [(tmp_path / "message.sig").read_text()])
    log = load(tmp_path / "reports")
    assert log.damage == ()
    (act,) = log.acts
    assert (act.kind, act.at, act.body, act.head) == ("waiver", NOON, BODY, head)
    assert act.signers == (OTHER_KEY.fingerprint,)
    assert json.loads(SIGNED)["body"] == BODY


def test_two_people_and_a_key_sign_one_act(tmp_path: Path) -> None:
    """All are named, each once; the same act twice is one."""
    by_people = [sshsig.sign(SIGNED, key.seed) for key in (KEY, OTHER_KEY, KEY)]
    heads = {append_act(tmp_path, SIGNED, by_people, key=KEY) for _ in range(2)}
    assert len(heads) == 1
    (act,) = load(tmp_path).acts
    assert act.signers == (KEY.fingerprint, OTHER_KEY.fingerprint)


@pytest.mark.parametrize(
    ("signature", "message"),
    [
        (
            sshsig.sign(b"something else", KEY.seed),
            "the signature does not count: it does not fit what it should have signed.",
        ),
        (
            sshsig.sign(SIGNED, KEY.seed, "git"),
            "the signature does not count: it was made for git, not for proofbook.",
        ),
        ("nonsense", "the signature does not count: it is not what ssh-keygen -Y sign writes."),
    ],
)
def test_a_signature_that_does_not_fit_is_refused(
    tmp_path: Path, signature: str, message: str
) -> None:
    """Nothing is written."""
    with pytest.raises(LogError) as caught:
        append_act(tmp_path, SIGNED, [signature])
    assert str(caught.value) == message
    assert not (tmp_path / "log").exists()


def test_nobody_s_act_is_refused(tmp_path: Path) -> None:
    """An act is somebody's."""
    with pytest.raises(LogError) as caught:
        append_act(tmp_path, SIGNED)
    assert str(caught.value) == "this cannot be put on the log: it is no entry: nobody signed it."


def test_an_act_under_another_name_is_none(tmp_path: Path) -> None:
    """A name is its line's digest, so that an act cannot be exchanged for another."""
    head = append_act(tmp_path, SIGNED, key=KEY)
    file = tmp_path / "log" / f"{head.chain}.jsonl"
    file.rename(file.with_name("waiver-of-mine.jsonl"))
    (damage,) = load(tmp_path).damage
    assert (damage.place, damage.what) == (
        "log/waiver-of-mine.jsonl:1",
        f"it is {head.chain} under another name",
    )


def test_a_signature_taken_from_another_act_is_damage(tmp_path: Path) -> None:
    """Or one that says it is somebody else's."""
    head = append_act(tmp_path, SIGNED, [sshsig.sign(SIGNED, KEY.seed)])
    file = tmp_path / "log" / f"{head.chain}.jsonl"
    whole = json.loads(file.read_text())
    whole["signatures"][0]["keyid"] = OTHER_KEY.fingerprint
    file.write_text(json.dumps(whole, separators=(",", ":")) + "\n")
    (damage,) = load(tmp_path).damage
    assert damage.what == (
        f"it says that {OTHER_KEY.fingerprint} signed it, and {KEY.fingerprint} did"
    )
    whole["signatures"] = [{"keyid": 1, "sig": 2}]
    file.write_text(json.dumps(whole, separators=(",", ":")) + "\n")
    assert [each.what for each in load(tmp_path).damage] == ["its signature is none"]
