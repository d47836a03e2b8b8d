"""`proofbook gate`, `checklist` and `verify --for` in a project of their own."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from proofbook.log import plans
from proofbook.signing.private import private_text
from proofbook.store import Store, Writer, load, own_key
from tests.engine.cli.gated import CHECKS, CI, PEOPLE, Gated, inside

if TYPE_CHECKING:
    from pathlib import Path

    from proofbook.signing.private import SigningKey
    from tests.engine.cli.gated import Inside

pytestmark = pytest.mark.slow
__all__ = ["inside"]  # a fixture is found where it is imported


@pytest.fixture(scope="session")
def verified(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose two checks passed; nobody has answered yet."""
    root = tmp_path_factory.mktemp("gated") / "a project"
    ended = Gated(root).run("verify", "-n0")
    assert ended.code == 0, ended.out + ended.err
    return root


@pytest.fixture
def gated(verified: Path, tmp_path: Path, inside: Inside) -> Gated:
    """A copy of it, to be spoilt."""
    return Gated.copied(verified, tmp_path / "a project", inside)


@pytest.fixture
def outside(verified: Path, tmp_path: Path) -> Gated:
    """A copy of it in which every verb is a program of its own."""
    return Gated.copied(verified, tmp_path / "a project")


def test_a_gate_opens_on_signed_evidence_and_is_put_on_the_log(gated: Gated) -> None:
    """Its head pins what it saw, and so does the decision itself."""
    ended = gated.gate()
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[:-1] == ["gate local: PASSED", "2 asked: 2 pass"]
    head = re.fullmatch(r"head of the log: (decision-\w{32}:1:\w{32})", lines[-1])
    assert head
    assert gated.gate("--head", head[1]).code == 0
    assert len(list(gated.root.glob("reports/log/decision-*.jsonl"))) == 2
    gated.chain().unlink()
    cut = gated.gate("--head", head[1])
    assert cut.code == 8
    assert re.search(
        r"the log does not go on from \S+, a head that the decision on local of \S+ saw\. "
        r"It was cut or exchanged since: bring the whole store back\.",
        cut.out,
    )


def test_a_gate_tells_a_script_everything(gated: Gated) -> None:
    """The same as JSON, with the ways to green and the head."""
    told = gated.asked(name="asked")
    assert (told["result"], told["opens"], told["exit"]) == ("FAILED", False, 5)
    (answer,) = told["answers"]
    assert answer["claim"] == "demo.known"
    assert answer["reason"] == "awaits SRE (ada)"
    assert told["ways"] == [
        {
            "what": "SRE answers",
            "command": "proofbook sign-off demo.known --role SRE --answer yes --target local",
            "claims": ["demo.known"],
            "seconds": None,
            "people": ["ada"],
        }
    ]
    assert told["head"].startswith("decision-")
    assert [head.partition(":")[0] for head in told["heads"]] == [gated.chain().stem]


def test_a_question_about_another_time_is_not_recorded(gated: Gated) -> None:
    """`--at` asks what would be."""
    gated.change("gates.toml", 'on = "local" }', 'on = "local", max_age = "7 d" }')
    ended = gated.gate("--at", "2100-01-01T00:00:00Z")
    assert ended.code == 6
    assert "  stale · demo on local: its evidence ran out on " in ended.out
    assert "head of the log" not in ended.out
    assert list(gated.root.glob("reports/log/decision-*.jsonl")) == []
    early = gated.gate("--at", "2020-01-01T00:00:00+01:00")
    assert early.code == 5
    assert "which is yet to come" in early.out


def test_a_changed_check_is_stale_and_verify_for_brings_just_that(outside: Gated) -> None:
    """The way to green is one command, and it is enough."""
    gated = outside
    gated.change("checks/demo/test_counting.py", "p95=412", "p95=413")
    ended = gated.gate("--explain")
    assert ended.code == 6
    assert "its check has changed since run" in ended.out
    assert "    demo.counted  (runbooks/demo/counting.md:8)" in ended.out
    assert "the cheapest way to green:\n  1. run the checks (2 claims), usually " in ended.out
    assert "     proofbook verify demo.counted demo.fast --target local\n" in ended.out
    again = gated.run("verify", "--for", "local", "-n0")
    assert again.code == 0
    assert gated.gate().code == 0
    nothing = gated.run("verify", "--for", "local")
    assert (nothing.code, nothing.err) == (
        0,
        "gate local opens as it is: nothing is to be run\n",
    )


def test_verify_for_a_gate_that_awaits_people_has_nothing_to_run(gated: Gated) -> None:
    """It says what does."""
    ended = gated.run("verify", "--for", "asked")
    assert ended.code == 5
    assert ended.err == (
        "a run on local brings nothing that the gate asked lacks; "
        "`proofbook gate asked --explain` says what does.\n"
    )
    assert gated.run("verify", "demo.fast", "--for", "asked").code == 3


def test_a_fail_is_cleared_by_clean_reruns_and_shows_as_flaky(gated: Gated) -> None:
    """One lucky run after it is not enough."""
    gated.write("checks/demo/test_counting.py", FLAKY)
    for at, (broken, code, shown) in enumerate(
        [(True, 1, "fail"), (False, 1, "fail"), (False, 0, "pass · flaky 1/3")]
    ):
        gated.write("broken", str(broken))
        gated.run("verify", "-n0", f"--run-id=run-{at}")
        told = gated.asked()
        assert told["exit"] == code
        assert told["answers"][0]["shown"] == shown
    assert "  pass · flaky 1/3 · demo on local: demo.counted" in gated.gate().out


FLAKY = """\
import pathlib

import pytest


@pytest.mark.claim("demo.counted")
def test_counts(claim):
    assert claim["jobs"] == 5
    assert pathlib.Path("broken").read_text() == "False"


@pytest.mark.claim("demo.fast")
def test_answers_fast(claim):
    claim.expect(p95=412)
"""


def test_another_clone_s_key_proves_nothing_here(gated: Gated) -> None:
    """The role `local` is of the key that this clone made."""
    shutil.rmtree(gated.root / ".proofbook")
    ended = gated.gate()
    assert ended.code == 8
    assert re.search(
        r"no_verdict · demo on local: run \S+ says pass, signed by SHA256:\S+, "
        r"a key that gates\.toml does not name",
        ended.out,
    )


@pytest.mark.parametrize("spoil", ["flip", "copy", "empty"])
def test_a_spoilt_chain_shuts_the_gate(gated: Gated, spoil: str) -> None:
    """Exit 8, and the first damaged entry."""
    chain = gated.chain()
    data = chain.read_bytes()
    match spoil:
        case "flip":
            chain.write_bytes(data.replace(b"eyJ", b"eyK", 1))
        case "copy":
            chain.with_name("20200101T000000Z-abcdef.jsonl").write_bytes(data)
        case _:
            chain.write_bytes(b"")
    ended = gated.gate()
    assert ended.code == 8
    assert re.search(r"^log/2\S+\.jsonl:\d+: ", ended.out, re.MULTILINE)


def test_lost_evidence_shuts_the_gate(gated: Gated) -> None:
    """The log names what is missing."""
    records = list((gated.root / "reports" / "evidence").iterdir())
    for record in records:
        record.unlink()
    ended = gated.gate()
    assert ended.code == 8
    assert "it names evidence/" in ended.out
    assert "which is not there" in ended.out


def test_a_claim_that_vanished_is_asked_for_until_it_is_retired(gated: Gated) -> None:
    """A promise does not go away by being deleted."""
    assert gated.gate().code == 0
    gated.change(
        "runbooks/demo/counting.md",
        "> **demo.fast** — An answer comes with `p95 <= 600 ms`.\n\n",
        "",
    )
    text = (gated.root / "checks/demo/test_counting.py").read_text()
    gated.write(
        "checks/demo/test_counting.py", text[: text.index('@pytest.mark.claim("demo.fast")')]
    )
    gated.change("gates.toml", 'never_waived = "demo.fast"\n', "")
    gated.run("verify", "-n0")
    ended = gated.gate("--explain")
    assert ended.code == 5
    assert (
        "  no_verdict · an earlier decision: no runbook states it any more, and its retirement"
        " is not signed\n    demo.fast  (runbooks/demo/counting.md:10)\n"
    ) in ended.out
    assert "     proofbook retire demo.fast --reason WHY\n" in ended.out
    assert gated.sign("retire", "demo.fast", "--reason", "gone").code == 8
    retired = gated.sign("retire", "demo.fast", "--reason", "gone", key="bob")
    assert retired.code == 0
    assert retired.out.startswith("demo.fast: retired by bob\n")
    assert gated.gate().code == 0
    assert gated.sign("retire", "demo.counted", "--reason", "no", key="bob").code == 3


def test_the_checklist_is_ticked_by_evidence(gated: Gated) -> None:
    """Markdown for people; what is missing says who can answer."""
    gated.change("gates.toml", 'without = "demo.known", on', "on")
    ended = gated.run("checklist", "local")
    assert ended.code == 5
    run = gated.chain().stem
    assert ended.out == (
        "# Checklist local: FAILED\n\n"
        "## runbooks/demo/counting.md\n\n"
        f"- [x] **demo.counted** — It counts `jobs = 5` jobs. (pass; run {run})\n"
        f"- [x] **demo.fast** — An answer comes with `p95 <= 600 ms`. (pass; run {run})\n"
        '- [ ] **demo.known** — The rota is known (`by = "SRE"`). '
        "(no_verdict; awaits SRE (ada); SRE can answer: ada)\n\n"
        "2 of 3 ticked.\n"
    )
    told = json.loads(gated.run("checklist", "local", "--json").out)
    items = [item for page in told["pages"] for item in page["items"]]
    assert [item["ticked"] for item in items] == [True, True, False]
    assert items[2]["people"] == ["ada"]
    assert list(gated.root.glob("reports/log/decision-*.jsonl")) == []


def test_exports_of_a_decision_are_written_where_they_are_wanted(gated: Gated) -> None:
    """JUnit, CTRF, Markdown and a signed VSA."""
    assert gated.gate("--out", "artefacts").code == 0
    names = {file.name for file in (gated.root / "artefacts").iterdir()}
    assert names == {"ctrf.json", "decision.intoto.jsonl", "junit.xml", "summary.md"}
    gated.write("taken", "")
    refused = gated.gate("--out", "taken/deep")
    assert (refused.code, refused.err) == (
        20,
        "taken/deep: the decision was not exported: Not a directory.\n",
    )


@pytest.mark.parametrize(
    ("policy", "words", "said"),
    [
        (
            "schema = 1\n",
            (),
            "gates.toml:1: states no gate, so nothing can pass one; add [gates.<name>] with rows.\n",
        ),
        ("", (), "gates.toml:1: says no schema; add schema = 1.\n"),
        (
            'schema = 1\n[gates.local]\nrows = [{ select = "demo.countd", on = "local" }]\n',
            (),
            'gates.toml:3: gates.local: select names "demo.countd", which no runbook states; did you mean demo.counted?\n',
        ),
        (
            'schema = 1\n[gates.loca]\nrows = [{ select = "demo", on = "local" }]\n',
            (),
            "gates.toml:1: states no gate 'local'; did you mean loca? There are: loca.\n",
        ),
        (
            "schema = 1\n",
            ("--policy", "none.toml"),
            "none.toml:1: cannot be read: No such file or directory.\n",
        ),
        (
            None,
            ("--at", "tomorrow"),
            "'tomorrow' is no instant with an offset; write it as 2027-01-31T12:00:00Z.",
        ),
        (None, ("--at", "2027-01-31T12:00:00"), "is no instant with an offset"),
        (
            None,
            ("--head", "x:y"),
            "'x:y' is no head of a log. Copy the line that a run ends with: CHAIN:COUNT:DIGEST.",
        ),
        (None, ("--release", "api"), "'api' is no release; write COMPONENT=DIGEST: api=sha256:…"),
        (
            None,
            ("--target", "moon"),
            "targets/moon.toml:1: there is no such target. There are: copy, local.\n",
        ),
    ],
)
def test_what_is_no_question_is_3(
    gated: Gated, policy: str | None, words: tuple[str, ...], said: str
) -> None:
    """A policy that states no gate or names what nobody knows, and a command line that is none."""
    if policy is not None:
        gated.write("gates.toml", policy)
    ended = gated.gate(*words)
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.endswith(said) or said in ended.err


def test_no_evidence_at_all_is_5(gated: Gated) -> None:
    """A store that is not there, is empty, or holds a run that asked nothing."""
    missing = gated.gate("--store", "elsewhere")
    assert (missing.code, missing.err) == (
        5,
        (
            "elsewhere: there is no such folder, so nothing is proved. "
            "Verify first, or name the store: --store DIR.\n"
        ),
    )
    (gated.root / "empty").mkdir()
    empty = gated.gate("--store", "empty")
    assert (empty.code, empty.err) == (
        5,
        "empty: its log is empty, so nothing is proved. Verify first.\n",
    )


def test_a_row_that_chooses_too_few_claims_shuts_the_gate(gated: Gated) -> None:
    """Nothing that is asked for is not everything that holds."""
    gated.change("gates.toml", 'select = "demo", ', 'select = "demo.z*", ')
    ended = gated.gate()
    assert ended.code == 5
    assert (
        "gates.toml:19: demo.z* on local chooses 0 claims, and asks for at least 1. "
        "Bring the claims back, or lower at_least.\n"
    ) in ended.out


def test_another_file_s_policy_decides_where_it_is_named(gated: Gated) -> None:
    """The candidate's own rules do not count then."""
    gated.write("main.toml", (gated.root / "gates.toml").read_text())
    gated.write("gates.toml", "schema = 1\n")
    assert gated.gate("--policy", "main.toml").code == 0


def test_a_named_release_must_be_the_one_that_was_proved(gated: Gated) -> None:
    """Evidence of what runs elsewhere is stale here."""
    ended = gated.gate("--release", "api=sha256:aaaa")
    assert ended.code == 6
    assert "another release by now: api was not stated, is sha256:aaaa" in ended.out


def test_a_decision_that_cannot_be_put_on_the_log_is_none(
    gated: Gated, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody may act on what is not recorded; what was there stays as it was."""

    def refuse(path: Path, data: bytes) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path), len(data))

    before = sorted(gated.root.glob("reports/log/*"))
    monkeypatch.setattr("proofbook.store.acts.put_new", refuse)
    ended = gated.gate()
    assert (ended.code, ended.out) == (20, "")
    assert "Read-only file system" in ended.err
    assert sorted(gated.root.glob("reports/log/*")) == before


def test_a_policy_that_is_not_utf_8_has_its_line(gated: Gated) -> None:
    """Like every other file."""
    (gated.root / "gates.toml").write_bytes(b"schema = 1\n# \xff\n")
    ended = gated.gate()
    assert (ended.code, ended.err) == (3, "gates.toml:2: is not UTF-8 text; save it as UTF-8.\n")


@pytest.mark.parametrize(
    ("checks", "reason"),
    [
        (
            CHECKS.replace("    assert", '    pytest.skip("no time")\n    assert'),
            "no_verdict · demo on local: skipped: no time",
        ),
        ("", "no_verdict · demo on local: no check"),
    ],
    ids=["all skipped", "zero checks"],
)
def test_a_run_that_asked_nothing_opens_nothing(gated: Gated, checks: str, reason: str) -> None:
    """Whatever passed before it."""
    gated.write("checks/demo/test_counting.py", checks)
    gated.run("verify", "-n0")
    ended = gated.gate()
    assert ended.code == 5
    assert f"  {reason}\n    demo.counted" in ended.out


def test_ci_s_key_opens_what_a_clone_s_own_cannot(
    gated: Gated, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A promotion hangs on the key that the policy names, and on the kind of place."""
    shut = gated.gate("--explain", name="promote")
    assert shut.code == 5
    assert "never run on twin" in shut.out
    gated.run("verify", "demo.fast", "-n0", "--target", "copy")
    own = gated.gate(name="promote")
    assert own.code == 8
    assert "signed by this clone, whose roles are not ci" in own.out
    monkeypatch.setenv("CI_KEY", private_text(CI))
    monkeypatch.setenv("PROOFBOOK_KEY", "env:CI_KEY")
    gated.run("verify", "demo.fast", "-n0", "--target", "copy")
    assert gated.gate(name="promote").code == 0
    assert gated.gate("--target", "copy", name="promote").code == 0


def rewritten(gated: Gated, key: SigningKey, **changes: Any) -> None:
    """Another store, `forged`, with the one run as this key would have logged it."""
    (testimony,) = load(gated.root / "reports").testimonies
    run = replace(testimony.run, **changes)
    begun = replace(run, records=(), finished=None)
    plan = plans.Plan(
        chain=run.id,
        identity="",
        run=begun,
        shard=1,
        of=1,
        claims=tuple(map(plans.planned, run.records)),
    )
    writer = Writer.begin(Store(gated.root / "forged"), key, plan)
    writer.record([record for record in run.records if record.cases])
    if run.finished:
        writer.end(plans.End(finished=run.finished, aborted=None))


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({}, 0, "gate local: PASSED"),
        ({"finished": None}, 5, "no_verdict · demo on local: the run never ended"),
        ({"fault": "demo.x"}, 5, "no_verdict · demo on local: never run on local"),
        ({"target": "other"}, 5, "no_verdict · demo on local: never run on local"),
        (
            {"finished": "2100-01-01T00:00:00Z"},
            5,
            "ended on 2100-01-01T00:00:00Z, which is yet to come",
        ),
        (
            {"started": "2100-01-01T00:00:00Z"},
            5,
            "is dated 2100-01-01T00:00:00Z, which is yet to come",
        ),
        (
            {"started": "2000-01-01T00:00:00Z", "finished": "1999-01-01T00:00:00Z"},
            5,
            "before it began",
        ),
    ],
)
def test_whatever_a_trusted_key_signs_is_judged_by_what_it_says(
    gated: Gated, changes: dict[str, Any], code: int, said: str
) -> None:
    """A run that never ended, was sabotaged, was elsewhere, or bears a date that cannot be."""
    key = own_key(gated.root)
    assert key
    rewritten(gated, key, **changes)
    ended = gated.gate("--store", "forged")
    assert ended.code == code
    assert said in ended.out


def test_a_log_that_was_signed_anew_is_another_log(gated: Gated) -> None:
    """By a foreign key it proves nothing, and it does not go on from the head that was pinned."""
    rewritten(gated, PEOPLE["eve"])
    ended = gated.gate("--store", "forged")
    assert ended.code == 8
    assert "a key that gates.toml does not name" in ended.out
    (pinned,) = load(gated.root / "reports").heads
    key = own_key(gated.root)
    assert key
    shutil.rmtree(gated.root / "forged")
    rewritten(gated, key)
    ended = gated.gate("--store", "forged", "--head", str(pinned))
    assert ended.code == 8
    assert f"the log does not go on from {pinned}, a head that was pinned." in ended.out
