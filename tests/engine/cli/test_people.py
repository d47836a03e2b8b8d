"""What people sign with the SSH key that they have, and what it does to a gate."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from proofbook.cli.asking import moment
from proofbook.signing.private import SigningKey, private_text
from tests.engine.cli.gated import Gated, inside
from tests.engine.cli.test_gate import verified

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.cli.gated import Inside

pytestmark = pytest.mark.slow
__all__ = ["inside", "verified"]  # fixtures are found where they are imported

HEAD = r"head of the log: \w+-\w{32}:1:\w{32}\n"


@pytest.fixture
def gated(verified: Path, tmp_path: Path, inside: Inside) -> Gated:
    """A project in which two claims passed and one awaits an answer."""
    return Gated.copied(verified, tmp_path / "a project", inside)


def test_a_yes_opens_and_a_no_shuts(gated: Gated) -> None:
    """Each is of the sentence, the target and the release, and ends."""
    yes = gated.sign("sign-off", "demo.known", "--for", "2 d")
    assert (yes.code, yes.err) == (0, "")
    assert re.fullmatch(
        r"demo\.known: ada \(SRE\) says yes until \d{4}-\S+\+00:00\n"
        r'  The rota is known \(`by = "SRE"`\)\.\n' + HEAD,
        yes.out,
    )
    assert gated.gate(name="asked").code == 0
    no = gated.sign("sign-off", "demo.known", "--answer", "no", "--note", "it is empty")
    assert no.code == 0
    ended = gated.gate("--explain", name="asked")
    assert ended.code == 1
    assert "  fail · demo.known on stand-in: ada (SRE) says no: it is empty\n" in ended.out
    never = ("--answer", "not-applicable", "--note", "nobody is")
    assert gated.sign("sign-off", "demo.known", *never).code == 0
    ended = gated.gate(name="asked")
    assert ended.code == 0
    assert "  pass · demo.known on stand-in: demo.known (not applicable: nobody is)\n" in ended.out


@pytest.mark.parametrize(
    ("words", "key", "code", "said"),
    [
        (
            ("sign-off", "demo.known"),
            "bob",
            8,
            "gates.toml: bob is lead, and this takes SRE. Nothing was put on the log.\n",
        ),
        (
            ("sign-off", "demo.known"),
            "eve",
            8,
            "add it to its owner's keys, or sign with another: --key FILE. Nothing was put on the log.\n",
        ),
        (
            ("sign-off", "demo.counted"),
            "ada",
            3,
            "Error: demo.counted has a check; no person answers it.\n",
        ),
        (
            ("sign-off", "demo.known", "--role", "lead"),
            "ada",
            3,
            "Error: demo.known is answered by SRE; say as whom: --role.\n",
        ),
        (
            ("sign-off", "demo.known", "--answer", "no"),
            "ada",
            3,
            "Error: --answer no needs a --note that says why.\n",
        ),
        (
            ("sign-off", "demo.known", "--for", "ever"),
            "ada",
            3,
            "Error: 'ever' is no time to last; write it as '7 d' (s, min, h, d, w).\n",
        ),
        (
            ("sign-off", "demo"),
            "ada",
            3,
            "Error: 'demo' is no claim's id; what is signed is named whole.\n",
        ),
        (("sign-off", "demo.known"), "nobody", 3, "or make one: ssh-keygen -t ed25519.\n"),
        (
            ("reword", "demo.counted"),
            "ada",
            3,
            "Error: no evidence of demo.counted in other words; nothing is to be signed.\n",
        ),
        (
            ("override", "local"),
            "ada",
            3,
            "Error: an override needs a --reason.\n",
        ),
        (
            ("override", "local", "--reason", "fire", "--for", "5 h"),
            "ada",
            3,
            "Error: 5 h is too long; an override ends after 4 h at most.\n",
        ),
        (
            ("override", "local", "--second"),
            "ada",
            8,
            "no override of local on local waits for a second person. Begin one.\n",
        ),
    ],
)
def test_what_would_count_for_nothing_is_not_signed(
    gated: Gated, words: tuple[str, ...], key: str, code: int, said: str
) -> None:
    """Each with its own message; the log stays as it was."""
    ended = gated.sign(*words, key=key)
    assert (ended.code, ended.out) == (code, "")
    assert ended.err.endswith(said)
    assert [file.name for file in gated.root.glob("reports/log/*-*.jsonl")] == [gated.chain().name]


def test_an_answer_is_of_a_release_that_somebody_names(gated: Gated) -> None:
    """The newest run on the target says it, else whoever answers does."""
    gated.write("targets/other.toml", 'kind = "stand-in"\n')
    words = ("demo.known", "--target", "other")
    ended = gated.sign("sign-off", *words)
    assert (ended.code, ended.err.splitlines()[-1]) == (
        3,
        "Error: no run on other says which release it is; name it: --release PART=DIGEST.",
    )
    named = ("--release", "api=sha256:aaaa")
    assert gated.sign("sign-off", *words, *named).code == 0
    asked = ("--target", "other", *named)
    assert gated.gate(*asked, name="asked").code == 0
    other = gated.gate("--target", "other", "--release", "api=sha256:bbbb", name="asked")
    assert other.code == 6
    assert "another release by now: api was sha256:aaaa, is sha256:bbbb" in other.out


def test_a_waiver_opens_the_gate_that_allows_it(gated: Gated) -> None:
    """The verdict is seen beneath it; a verdict that it does not name is not waived."""
    gated.change("runbooks/demo/counting.md", "`jobs = 5`", "`jobs = 6`")
    assert gated.gate().code == 6
    words = ("--owner", "ada", "--reason", "later", "--until")
    waived = gated.sign("waive", "demo.counted", "--verdict", "stale", *words, _in(days=3))
    assert (waived.code, waived.err) == (0, "")
    assert waived.out.startswith("demo.counted: ada waives stale on local until ")
    ended = gated.gate()
    assert ended.code == 0
    assert "  waived (stale) · demo on local: demo.counted (its sentence has changed" in ended.out
    for claim, until, said in (
        ("demo.fast", _in(days=3), "demo.fast: no gate lets it be waived."),
        (
            "demo.counted",
            _in(days=30),
            "demo.counted: gates let it be waived at most: local for 14 d.",
        ),
    ):
        refused = gated.sign("waive", claim, "--verdict", "fail", *words, until)
        assert (refused.code, refused.err) == (
            3,
            f"gates.toml:1: {said} Nothing was put on the log.\n",
        )
    over = gated.sign("waive", "demo.counted", "--verdict", "fail", *words, "2020-01-01T00:00:00Z")
    assert (over.code, over.err.splitlines()[-1]) == (
        3,
        "Error: 2020-01-01T00:00:00Z is over; a waiver ends later than it begins.",
    )


def _in(*, days: int) -> str:
    """An instant so many days after now, by the clock that the program reads."""
    return (moment(None) + timedelta(days=days)).isoformat()


def test_an_override_takes_two_people_and_the_gate_stays_shut(gated: Gated) -> None:
    """Whoever goes on asks for it by its own command."""
    gated.change("runbooks/demo/counting.md", "`jobs = 5`", "`jobs = 6`")
    status = ("override", "local", "--in-force")
    none = (5, "no override of local on local counts now.\n")
    first = gated.sign("override", "local", "--reason", "fire", "--for", "1 h")
    assert first.code == 0
    assert "; it counts when another person has signed it with --second\n" in first.out
    again = gated.sign("override", "local", "--second")
    assert "; it counts when another person" in again.out
    ended = gated.run(*status)
    assert (ended.code, ended.err) == none
    second = gated.sign("override", "local", "--second", key="bob")
    assert re.fullmatch(r"bob overrides local on local until \S+\n  fire\n" + HEAD, second.out)
    ended = gated.run(*status)
    assert ended.code == 0
    assert re.fullmatch(
        r"local on local is overridden until \S+ by ada and bob\n  fire · release none stated\n",
        ended.out,
    )
    shut = gated.gate()
    assert shut.code == 6
    assert shut.out.startswith("gate local: FAILED\n")
    assert ": fire (the gate stays shut)\n" in shut.out


def test_the_owner_signs_that_new_words_mean_the_same(gated: Gated) -> None:
    """The old words are those of the evidence; both are shown."""
    gated.change(
        "runbooks/demo/counting.md", "It counts `jobs = 5` jobs.", "Of `jobs = 5`, all count."
    )
    stale = gated.gate("--explain")
    assert stale.code == 6
    assert (
        "  stale: reworded · demo on local: reworded with equal values; SRE may sign" in stale.out
    )
    assert "  1. the owner signs that the new words mean the same: ada\n" in stale.out
    assert "     proofbook reword demo.counted\n" in stale.out
    assert gated.sign("reword", "demo.counted", key="bob").code == 8
    signed = gated.sign("reword", "demo.counted")
    assert signed.code == 0
    assert "  was  It counts `jobs = 5` jobs.\n  is   Of `jobs = 5`, all count.\n" in signed.out
    assert gated.gate().code == 0


def test_without_openssh_a_key_without_a_passphrase_signs(
    gated: Gated, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One with a passphrase needs ssh-keygen."""
    monkeypatch.setattr("shutil.which", lambda _: None)
    assert gated.sign("sign-off", "demo.known").code == 0
    assert gated.gate(name="asked").code == 0
    gated.write("keys/odd", private_text(SigningKey(b"o" * 32))[:-80])
    ended = gated.sign("sign-off", "demo.known", key="odd")
    assert ended.code == 8
    assert ended.err.startswith(
        "there is no ssh-keygen here, and without it keys/odd cannot sign: "
    )


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="there is no ssh-keygen here")
def test_a_key_of_another_kind_is_refused_with_what_to_use(gated: Gated) -> None:
    """OpenSSH signs with it, and nobody here reads that."""
    words = ["-q", "-t", "ecdsa", "-N", "", "-f", str(gated.root / "keys" / "ecdsa")]
    subprocess.run(["ssh-keygen", *words], check=True)
    ended = gated.sign("sign-off", "demo.known", key="ecdsa")
    assert (ended.code, ended.err) == (
        8,
        (
            "what keys/ecdsa signs does not count: it is no Ed25519 key. "
            "Use an Ed25519 key: ssh-keygen -t ed25519.\n"
        ),
    )
    (gated.root / "keys" / "broken").write_text("no key")
    (gated.root / "keys" / "broken").chmod(0o600)
    ended = gated.sign("sign-off", "demo.known", key="broken")
    assert ended.code == 8
    assert ended.err.endswith(
        "ssh-keygen did not sign with keys/broken. Nothing was put on the log.\n"
    )
