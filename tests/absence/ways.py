"""
Every way of having no proof that we know: each takes the shop's proof away by one change.

A way is a function of a scene that is whole. Its docstring says what is missing; its flags say what
of it can be seen where. Add a way here when somebody finds another.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from proofbook.acts import Cited, Override, Retirement, Rewording, Ruling, body
from proofbook.evidence import NO_CHECK, NOT_SELECTED, Case
from proofbook.log import plans
from proofbook.store import Store, Writer, act_payload, append_act
from proofbook.verdicts import Verdict
from tests.absence.scene import (
    ADA,
    BOB,
    CI,
    DAY,
    HOUR,
    NOON,
    OTHER_RELEASE,
    PAID,
    READ,
    RESTORED,
    SOLD,
    THIEF,
    Scene,
    attempt,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from proofbook.evidence import Run


@dataclass(frozen=True)
class Way:
    """One way of having no proof."""

    take: Callable[[Scene], None]
    #: The claim that is not proved any more; `None`: it is the gate alone that is shut.
    claim: str | None = SOLD
    #: Whether the claim's card still shows a pass, saying where and when: the gate asks for more.
    card: bool = False
    #: Whether the run's own exports show it too.
    in_run: bool = False

    @property
    def name(self) -> str:
        """As the function is called."""
        return self.take.__name__.removeprefix("_").replace("_", "-")


WAYS: list[Way] = []


def way(**flags: Any) -> Callable[[Callable[[Scene], None]], Callable[[Scene], None]]:
    """Register a way."""

    def registered(take: Callable[[Scene], None]) -> Callable[[Scene], None]:
        WAYS.append(Way(take, **flags))
        return take

    return registered


# Nothing there


@way()
def no_store(scene: Scene) -> None:
    """Nobody ever ran anything."""
    scene.runs, scene.answered = [], False


@way()
def only_an_answer(scene: Scene) -> None:
    """A person answered, and no machine ran."""
    scene.runs = []


@way(in_run=True)
def a_run_of_nothing(scene: Scene) -> None:
    """A run that asked no claim at all."""
    scene.instead(records=())


@way()
def a_run_of_other_claims(scene: Scene) -> None:
    """The claim is not in the run."""
    scene.instead(records=(scene.record(PAID), scene.record(RESTORED)))


@way(in_run=True)
def not_selected(scene: Scene) -> None:
    """The command line left the claim out."""
    scene.instead(scene.record(SOLD, cases=(), note=NOT_SELECTED, wanted=False))


@way(in_run=True)
def no_check(scene: Scene) -> None:
    """No check was bound to the claim."""
    scene.instead(scene.record(SOLD, cases=(), check_digest="", note=NO_CHECK))


@way()
def the_check_is_gone(scene: Scene) -> None:
    """It held, and the check was removed since."""
    scene.check = ""


@way(in_run=True)
def no_cases(scene: Scene) -> None:
    """A check whose parameters came to nothing."""
    scene.instead(scene.record(SOLD, cases=()))


def _because(scene: Scene, reason: str, **more: Any) -> None:
    scene.instead(scene.record(SOLD, attempt(Verdict.NO_VERDICT, reason, **more)))


@way(in_run=True)
def all_skipped(scene: Scene) -> None:
    """Every test was skipped."""
    _because(scene, "skipped: not today")


@way(in_run=True)
def a_crashed_check(scene: Scene) -> None:
    """The check raised something that is no assertion."""
    _because(scene, "KeyError: 'jobs'")


@way(in_run=True)
def a_failed_guard(scene: Scene) -> None:
    """Zero rows, zero requests: there was nothing to judge."""
    _because(scene, "no job was claimed")


@way(in_run=True)
def a_lost_worker(scene: Scene) -> None:
    """The process that ran the test is gone."""
    _because(scene, "worker gw3 was lost")


@way(in_run=True)
def not_asked(scene: Scene) -> None:
    """The target did not permit what the check does."""
    _because(scene, "the target permits observes", asked=False)


@way(in_run=True)
def planned_and_not_run(scene: Scene) -> None:
    """A case without a try."""
    scene.instead(scene.record(SOLD, cases=(Case(nodeid="t::a"),)))


@way(in_run=True)
def one_case_not_run(scene: Scene) -> None:
    """One parameter held, the other never ran."""
    held = Case(nodeid="t::a", attempts=(attempt(),))
    scene.instead(scene.record(SOLD, cases=(held, Case(nodeid="t::b"))))


@way(in_run=True)
def one_case_stale(scene: Scene) -> None:
    """One of its cases rests on something that is too old."""
    held = Case(nodeid="t::a", attempts=(attempt(),))
    old = Case(nodeid="t::b", attempts=(attempt(Verdict.STALE, "93 d old"),))
    scene.instead(scene.record(SOLD, cases=(held, old)))


@way(in_run=True)
def a_run_that_never_ended(scene: Scene) -> None:
    """It was killed after the last record."""
    scene.instead(finished=None)


@way(in_run=True)
def an_interrupted_run(scene: Scene) -> None:
    """It was cut short before the claim's turn."""
    scene.instead(scene.record(SOLD, cases=(Case(nodeid="t"),)), aborted="interrupted")


@way()
def a_plan_alone(scene: Scene) -> None:
    """It was killed before the first record."""
    scene.write()
    first = scene.chain.read_bytes().splitlines(keepends=True)[0]
    scene.chain.write_bytes(first)


@way(in_run=True)
def a_planted_fault(scene: Scene) -> None:
    """The run broke the system on purpose, and the claim held."""
    scene.instead(fault="shop.no-lock")


# Evidence that is not what the log names


def _evidence(scene: Scene) -> Path:
    """The file of the claim's record."""
    scene.write()
    files = (scene.folder / "evidence").iterdir()
    return next(file for file in files if SOLD.encode() in file.read_bytes())


@way()
def a_record_that_is_missing(scene: Scene) -> None:
    """The log names it, and it is not there."""
    _evidence(scene).unlink()


@way()
def a_record_cut_short(scene: Scene) -> None:
    """Half of it is there."""
    file = _evidence(scene)
    file.write_bytes(file.read_bytes()[:-20])


@way()
def a_record_with_a_flipped_bit(scene: Scene) -> None:
    """One bit of it is another."""
    file = _evidence(scene)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


@way()
def an_empty_record(scene: Scene) -> None:
    """Nothing of it is there."""
    _evidence(scene).write_bytes(b"")


@way()
def a_record_that_is_no_text(scene: Scene) -> None:
    """Its bytes are not UTF-8."""
    _evidence(scene).write_bytes(b"\xff\xfe\x00")


@way()
def a_record_of_another_claim(scene: Scene) -> None:
    """Another claim's evidence lies in its place."""
    file = _evidence(scene)
    other = next(
        f for f in (scene.folder / "evidence").iterdir() if PAID.encode() in f.read_bytes()
    )
    file.write_bytes(other.read_bytes())


@way()
def a_record_that_is_a_folder(scene: Scene) -> None:
    """Something else has its name."""
    file = _evidence(scene)
    file.unlink()
    file.mkdir()


# A log that is not what was written


def _rewrite(scene: Scene, change: Callable[[list[bytes]], list[bytes]]) -> None:
    """Change the lines of the run's chain."""
    scene.write()
    lines = scene.chain.read_bytes().splitlines(keepends=True)
    scene.chain.write_bytes(b"".join(change(lines)))


@way()
def a_torn_last_line(scene: Scene) -> None:
    """The last write did not reach the disk whole."""
    _rewrite(scene, lambda lines: [*lines[:-1], lines[-1][: len(lines[-1]) // 2]])


@way()
def a_line_taken_out(scene: Scene) -> None:
    """A record in the middle of the chain is gone."""
    _rewrite(scene, lambda lines: [*lines[:1], *lines[2:]])


@way()
def lines_in_another_order(scene: Scene) -> None:
    """Two records have changed places."""
    _rewrite(scene, lambda lines: [lines[0], lines[2], lines[1], *lines[3:]])


@way()
def a_line_twice(scene: Scene) -> None:
    """A record is there a second time."""
    _rewrite(scene, lambda lines: [*lines[:2], lines[1], *lines[2:]])


@way()
def a_line_with_a_flipped_bit(scene: Scene) -> None:
    """One bit of the chain is another."""

    def flipped(lines: list[bytes]) -> list[bytes]:
        line = bytearray(lines[1])
        line[40] ^= 1
        return [lines[0], bytes(line), *lines[2:]]

    _rewrite(scene, flipped)


@way()
def another_kind_of_payload(scene: Scene) -> None:
    """A good signature, on something that is no entry."""
    _rewrite(scene, lambda lines: [lines[0].replace(b"proofbook", b"proofboox"), *lines[1:]])


@way()
def a_chain_that_is_no_text(scene: Scene) -> None:
    """Something else was written over its beginning."""
    _rewrite(scene, lambda lines: [b"\xff\xfe\n", *lines[1:]])


@way()
def an_empty_chain(scene: Scene) -> None:
    """The file is there, and nothing in it."""
    _rewrite(scene, lambda _: [])


@way()
def a_chain_under_another_name(scene: Scene) -> None:
    """The file was renamed, so that it would be another run's."""
    scene.write()
    scene.chain.rename(scene.chain.with_name("20261121T115959Z-ffffff.jsonl"))


@way()
def no_public_key(scene: Scene) -> None:
    """Nobody can say who signed it."""
    scene.write()
    for file in (scene.folder / "log" / "keys").iterdir():
        file.unlink()


@way()
def another_public_key(scene: Scene) -> None:
    """The key's file holds another key."""
    scene.write()
    for file in (scene.folder / "log" / "keys").iterdir():
        file.write_text("ssh-ed25519 AAAA\n")


@way()
def a_whole_chain_lost_since_a_decision(scene: Scene) -> None:
    """An earlier decision saw a run that failed, and its chain is gone."""
    scene.write()
    _decide(scene, "20261121T110000Z-dddddd:4:" + "9f" * 16)


@way()
def a_tail_lost_since_a_decision(scene: Scene) -> None:
    """An earlier decision saw more of the chain than there is now."""
    scene.write()
    head = scene.heads[0]
    _decide(scene, f"{head.chain}:{head.count + 1}:{'9f' * 16}")


def _decide(scene: Scene, *heads: str, claims: tuple[Any, ...] = ()) -> None:
    """Put a decision on the log that saw these heads."""
    word = Ruling(
        gate="promote",
        target=None,
        release={},
        policy="b" * 64,
        opens=True,
        exit=0,
        claims=claims,
        heads=heads,
        cites=(),
    )
    payload = act_payload("decision", NOON - HOUR / 2, body(word), "5" * 40)
    append_act(scene.folder, payload, (), CI)


@way()
def two_runs_under_one_id(scene: Scene) -> None:
    """Another store's run has the same id and says something else."""
    scene.write()
    other = Scene(scene.folder.parent / "other")
    other.instead(other.record(SOLD, attempt(Verdict.FAIL, "sold twice")), by=CI)
    (run, by) = other.runs[0]
    other.runs = [(replace(run, suite="6" * 40), by)]
    other.answered = False
    other.write()
    text = other.chain.read_bytes()
    (scene.folder / "log" / f"{scene.heads[0].chain}.2-of-2.jsonl").write_bytes(text)


# Shards


def _shard(scene: Scene, number: int, of: int) -> None:
    """Write one shard of the run: the claims in turn."""
    run, by = scene.runs[0]
    owners = {record.claim: at % of + 1 for at, record in enumerate(run.records)}
    plan = plans.Plan(
        chain=f"{run.id}.{number}-of-{of}",
        identity="",
        run=replace(run, records=(), finished=None),
        shard=number,
        of=of,
        claims=tuple(plans.planned(record, owners[record.claim]) for record in run.records),
    )
    writer = Writer.begin(Store(scene.folder), by, plan, now=lambda: NOON - HOUR)
    writer.record([record for record in run.records if owners[record.claim] == number])
    writer.end(plans.End(finished=run.finished or "", aborted=None))


@way()
def a_lost_shard(scene: Scene) -> None:
    """One of two shards came in, and the claim was the other's."""
    _shard(scene, 2, 2)
    scene.runs = []


@way()
def a_shard_of_a_stranger(scene: Scene) -> None:
    """Both shards came in, and one is signed by nobody we know."""
    _shard(scene, 2, 2)
    run, _ = scene.runs[0]
    scene.runs = [(run, THIEF)]
    _shard(scene, 1, 2)
    scene.runs = []


# Keys


@way()
def a_foreign_key(scene: Scene) -> None:
    """Somebody signed whom the policy does not name."""
    scene.instead(by=THIEF)


@way()
def a_key_without_the_role(scene: Scene) -> None:
    """Somebody signed who may not sign runs."""
    scene.policy = scene.policy.replace('roles = ["ci"]', 'roles = ["local-hero"]')


def _dated(scene: Scene, line: str) -> None:
    scene.policy = scene.policy.replace('roles = ["ci"]\n', f'roles = ["ci"]\n{line}\n')


@way()
def a_key_that_has_ended(scene: Scene) -> None:
    """Its time was over when it signed."""
    _dated(scene, "until = 2026-11-20T00:00:00Z")


@way()
def a_key_that_has_not_begun(scene: Scene) -> None:
    """Its time had not come when it signed."""
    _dated(scene, "from = 2026-11-22T00:00:00Z")


@way()
def a_revoked_key(scene: Scene) -> None:
    """Whoever has stolen it may have written any date."""
    _dated(scene, "revoked = 2026-11-21T11:30:00Z")


# Time


@way(card=True)
def older_than_the_row_allows(scene: Scene) -> None:
    """It held, too long ago for this gate."""
    scene.policy = scene.policy.replace('"40 d"', '"30 min"')


@way(claim=RESTORED)
def older_than_the_sentence_allows(scene: Scene) -> None:
    """The rehearsal is due again."""
    scene.instead(at=NOON - 31 * DAY)


@way()
def past_the_end_that_the_record_states(scene: Scene) -> None:
    """The sentence of then gave it less."""
    scene.instead(scene.record(SOLD, valid_until="2026-11-21T11:30:00Z"))


@way()
def a_run_from_the_future(scene: Scene) -> None:
    """Its clock was ahead, or ours is behind."""
    scene.instead(at=NOON + HOUR)


@way()
def a_run_that_ends_in_the_future(scene: Scene) -> None:
    """Nobody can have seen that."""
    scene.instead(finished=(NOON + HOUR).isoformat())


@way()
def a_run_that_ended_before_it_began(scene: Scene) -> None:
    """Its clock went back."""
    scene.instead(finished=(NOON - 2 * HOUR).isoformat())


# Another thing than the one that is asked for


@way()
def another_sentence(scene: Scene) -> None:
    """A number in the sentence is another one now."""
    scene.page = scene.page.replace("buyers = 4", "buyers = 5")


@way()
def other_words(scene: Scene) -> None:
    """The same numbers in other words, and the owner has not signed them."""
    scene.page = scene.page.replace("one buys", "exactly one buys")


@way()
def other_words_signed_by_another(scene: Scene) -> None:
    """Somebody signed them who does not own the page."""
    other_words(scene)
    after = next(p.claim.digest for p in scene.promises() if p.claim.id == SOLD)
    scene.say(Rewording(claim=SOLD, before=scene.claims[SOLD].digest, after=after), ADA)


@way()
def another_check(scene: Scene) -> None:
    """The check was changed since."""
    scene.check = "f" * 64


@way()
def another_release(scene: Scene) -> None:
    """A newer run saw another release, and did not ask the claim."""
    scene.add(at=NOON - HOUR / 2, records=(scene.record(RESTORED),), release=OTHER_RELEASE)


@way()
def a_release_that_is_not_stated_any_more(scene: Scene) -> None:
    """The deployment stopped to say which release it is."""
    scene.add(at=NOON - HOUR / 2, records=(scene.record(RESTORED),), release={})


@way(card=True)
def another_kind_of_place(scene: Scene) -> None:
    """A stand-in held, and the gate asks for a copy of the deployment."""
    scene.instead(kind="stand-in", target="local")


@way(card=True)
def lowered_values(scene: Scene) -> None:
    """It held with four workers, and forty are promised."""
    scene.instead(scene.record(SOLD, scaled="scaled 4/40"))


# Failures


@way(in_run=True)
def a_failure(scene: Scene) -> None:
    """The claim does not hold."""
    scene.instead(scene.record(SOLD, attempt(Verdict.FAIL, "sold twice")))


@way(in_run=True)
def a_failure_that_a_retry_passed(scene: Scene) -> None:
    """It failed, and held when it was tried again."""
    scene.instead(scene.record(SOLD, attempt(Verdict.FAIL, "sold twice"), attempt()))


@way()
def a_failure_and_one_lucky_run(scene: Scene) -> None:
    """One pass clears no fail on the same release."""
    scene.instead(scene.record(SOLD, attempt(Verdict.FAIL, "sold twice")), at=NOON - 3 * HOUR)
    scene.add(at=NOON - HOUR)


@way()
def a_failure_on_another_copy(scene: Scene) -> None:
    """It held on one deployment that fits, and failed on another."""
    failed = scene.record(SOLD, attempt(Verdict.FAIL, "sold twice"))
    scene.add(failed, at=NOON - HOUR / 2, target="copy-2")


@way()
def a_failure_that_nobody_trusted_signed(scene: Scene) -> None:
    """Whoever saw it, it was seen."""
    scene.add(scene.record(SOLD, attempt(Verdict.FAIL, "sold twice")), at=NOON - HOUR / 2, by=THIEF)


@way()
def a_newer_run_that_found_nothing_out(scene: Scene) -> None:
    """It held, and the next run could not tell."""
    lost = scene.record(SOLD, attempt(Verdict.NO_VERDICT, "no job was claimed"))
    scene.add(lost, at=NOON - HOUR / 2)


# People


@way(claim=READ)
def no_answer(scene: Scene) -> None:
    """Nobody has answered."""
    scene.answered = False


@way(claim=READ)
def an_answer_of_no(scene: Scene) -> None:
    """Somebody has, and it is no."""
    scene.answer(answer="no", note="not yet")


@way(claim=READ)
def an_answer_that_has_ended(scene: Scene) -> None:
    """It was yes, until an hour ago."""
    scene.answer(until="2026-11-21T11:00:00Z")


@way(claim=READ)
def an_answer_without_the_role(scene: Scene) -> None:
    """Somebody answered who is not asked."""
    scene.answer(by=BOB)


@way(claim=READ)
def a_stranger_s_answer(scene: Scene) -> None:
    """Somebody answered whom nobody knows."""
    scene.answer(by=THIEF)


@way(claim=READ)
def an_answer_for_another_place(scene: Scene) -> None:
    """It was about another deployment."""
    scene.answer(target="elsewhere", kind="deployment")


@way(claim=READ)
def an_answer_to_another_sentence(scene: Scene) -> None:
    """The sentence was another one when it was answered."""
    scene.answer(digest="0" * 64)


@way(claim=READ)
def an_answer_for_another_release(scene: Scene) -> None:
    """It was about the release before."""
    scene.answer(release=OTHER_RELEASE)


@way(claim=READ)
def an_answer_from_the_future(scene: Scene) -> None:
    """It is dated tomorrow."""
    scene.answer(at=NOON + DAY)


# Waivers and overrides that help nobody


def _fail(scene: Scene, claim: str = SOLD) -> None:
    scene.instead(scene.record(claim, attempt(Verdict.FAIL, "sold twice")))


@way()
def a_waiver_that_has_ended(scene: Scene) -> None:
    """Expired, it does nothing."""
    _fail(scene)
    scene.waive(until="2026-11-21T11:30:00Z")


@way()
def a_waiver_of_another_verdict(scene: Scene) -> None:
    """It waived not knowing, and now we know."""
    _fail(scene)
    scene.waive(verdict="no_verdict")


@way()
def a_waiver_that_is_too_long(scene: Scene) -> None:
    """The gate caps how long one lasts."""
    _fail(scene)
    scene.waive(until="2027-11-21T00:00:00Z")


@way()
def a_waiver_without_the_role(scene: Scene) -> None:
    """Somebody waived who may not."""
    _fail(scene)
    scene.waive(by=BOB)


@way(claim=PAID)
def a_waiver_of_what_is_never_waived(scene: Scene) -> None:
    """The gate lists what cannot be waived."""
    _fail(scene, PAID)
    scene.waive(PAID)


@way()
def a_waiver_for_another_place(scene: Scene) -> None:
    """It waived another deployment."""
    _fail(scene)
    scene.waive(target="elsewhere")


@way()
def a_waiver_of_another_sentence(scene: Scene) -> None:
    """The sentence was another one when it was waived."""
    _fail(scene)
    scene.waive(digest="0" * 64)


@way()
def an_override(scene: Scene) -> None:
    """Two people let it through, and it still reads FAILED."""
    _fail(scene)
    word = Override(
        gate="promote",
        target="copy",
        release=scene.runs[0][0].release,
        reason="fire",
        until=(NOON + timedelta(hours=1)).isoformat(),
    )
    scene.say(word, ADA, BOB, at=NOON - timedelta(minutes=5))


# Gates that ask for less than they should


@way(claim=None, card=True)
def too_few_claims(scene: Scene) -> None:
    """A page was emptied, and the row asks for so many."""
    scene.policy = scene.policy.replace("at_least = 4", "at_least = 5")


@way(claim=None, card=True)
def a_row_that_chooses_nothing(scene: Scene) -> None:
    """No claim is of that system."""
    scene.policy = scene.policy.replace('select = "shop"', 'select = "shoe"')


def _vanish(scene: Scene) -> None:
    """An earlier decision rests on a claim that no page states any more."""
    cited = Cited(
        claim="shop.refunded",
        verdict="pass",
        digest="7" * 64,
        sentence="A refund takes a day.",
        place="runbooks/shop/selling.md:20",
        run="",
    )
    scene.write()
    _decide(scene, claims=(cited,))


@way(claim="shop.refunded")
def a_claim_that_vanished(scene: Scene) -> None:
    """Its sentence was deleted instead of kept."""
    _vanish(scene)


@way(claim="shop.refunded")
def a_claim_retired_by_anybody(scene: Scene) -> None:
    """Somebody signed its retirement who may not."""
    _vanish(scene)
    scene.say(Retirement(claim="shop.refunded", reason="gone"), THIEF)


@way()
def a_pass_that_was_pruned(scene: Scene) -> None:
    """Its record was thrown away, and the log says so."""
    file = _evidence(scene)
    word = {"evidence": [file.name], "reason": "old"}
    payload = act_payload("prune", NOON - HOUR / 2, word, "5" * 40)
    append_act(scene.folder, payload, (), CI)
    file.unlink()


def runs_of(scene: Scene) -> list[Run]:
    """The runs that are still to be written."""
    return [run for run, _ in scene.runs]
