"""
The operator's pages walked where all is well, and then every program taken away: one story, judged by several checks.

    rehearsed = rehearse(promoted, acting, stack)    # what verification, smoke test and steps said and left behind
    fallen = fell(promoted, acting)                  # nothing runs afterwards
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from checks.jobsources.promotion import ADDRESSES, SOME, once
from proofbook import Effect, NotAsked, NoVerdict
from proofbook.instruments.procedures import Procedure
from proofbook.instruments.waiting import until
from proofbook.stack import Finished
from proofbook.steps import read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from checks.jobsources.adapter import Api
    from checks.jobsources.adapter_deployment import Deployment
    from checks.jobsources.promotion import Promoted
    from checks.jobsources.replies import Reply
    from proofbook.instruments.procedures import Ran
    from proofbook.stack import Stack

ROOT = Path(__file__).parents[2]
FOLDER = "runbooks/jobsources"
#: The page that is walked first: others look at what it leaves behind.
FIRST = "incidents.md"
#: What wants to be told something first.
WANTING = ":?"
PROGRAMS = ("bash", "curl", "grep")
#: Commands of the target that the steps call.
COMMANDS = ("callbacks-replay", "smoke", "verify-deployment")
#: Within this it is seen that a program is well.
SOON_SECONDS = 10
COUNT = "select count(*)::int as rows from {}"
TABLES = ("users", "job_source_runs", "job_source_callback_events")


@dataclass(frozen=True, slots=True)
class Smoked:
    """One smoke test, and the runs that it left."""

    end: Finished
    #: How each ended.
    runs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A deployment on which nothing was broken."""

    #: Program → its health.
    well: Mapping[str, Reply]
    #: What there was before a verification, after it, and after a smoke test.
    before: Mapping[str, int]
    verified: Mapping[str, int]
    smoked: Mapping[str, int]
    smoke: Smoked
    #: Whatever was run of the pages; why nothing was, where nothing was.
    steps: tuple[Ran, ...]
    unasked: str


@dataclass(frozen=True, slots=True)
class Fallen:
    """The same deployment with its programs killed, one after the other."""

    #: Program → its health once it was killed.
    gone: Mapping[str, Reply]
    #: The smoke test with the worker away.
    smoke: Smoked


def rehearse(promoted: Promoted, acting: Deployment, stack: Stack) -> Rehearsed:
    """Verify, smoke, and walk the pages; `acting` is the same deployment to whom may change it."""
    api = acting.reach(promoted.api.process)
    before = counted(acting, api)
    once(promoted, promoted.urls, tries=SOME)
    verified = counted(acting, api)
    smoke = smoked(acting, api, promoted)
    after = counted(acting, api)
    steps, unasked = _steps(acting, promoted, stack)
    return Rehearsed(
        well={name: _settled(promoted, name) for name in promoted.urls},
        before=before,
        verified=verified,
        smoked=after,
        smoke=smoke,
        steps=steps,
        unasked=unasked,
    )


def fell(promoted: Promoted, acting: Deployment) -> Fallen:
    """Kill the three in turn; whatever is not ours is started again."""
    gone = {"worker": _killed(acting, promoted, "worker")}
    smoke = smoked(acting, acting.reach(promoted.api.process), promoted)
    gone |= {name: _killed(acting, promoted, name) for name in ("api", "web")}
    return Fallen(gone, smoke)


def counted(acting: Deployment, api: Api) -> dict[str, int]:
    """Runs and callback events as the API tells them, and rows where tables may be read."""
    told = {
        "runs": int(api.runs()["total"]),
        "events": int(api.numbers()["callback"]["totalEvents"]),
    }
    if acting.system.sql is not None:
        told |= {table: acting.sql.rows(COUNT.format(table))[0]["rows"] for table in TABLES}
    return told


def smoked(acting: Deployment, api: Api, promoted: Promoted) -> Smoked:
    """Run the smoke test as user `a`. Raises `NoVerdict` if it does not end."""
    known = {run["id"] for run in api.runs()["items"]}
    user = acting.access.body("a")
    names = {"SMOKE_EMAIL": "email", "SMOKE_PASSWORD": "password"}
    env = {ADDRESSES[part]: promoted.urls[part] for part in ("api", "worker")}
    env |= {name: str(user[key]) for name, key in names.items() if key in user}
    end = acting.command("smoke", env=env)
    if not isinstance(end, Finished):
        raise NoVerdict(f"the smoke test did not end: {end.output[-400:]}")
    runs = [run["status"] for run in api.runs()["items"] if run["id"] not in known]
    return Smoked(end, tuple(runs))


def _settled(promoted: Promoted, name: str) -> Reply:
    """The health of a program that is to be well: a busy machine may make one look miss it."""
    return until(lambda: promoted.health(name), lambda reply: reply.is_done, SOON_SECONDS)


def _killed(acting: Deployment, promoted: Promoted, name: str) -> Reply:
    """What a program's health says once it is killed."""
    process = getattr(promoted, name).process
    process.kill()
    try:
        return promoted.health(name)
    finally:
        if not acting.is_ours(name):
            process.start()


def _steps(acting: Deployment, promoted: Promoted, stack: Stack) -> tuple[tuple[Ran, ...], str]:
    """What was run of the pages, or why nothing was."""
    try:
        _see_that_steps_run(acting)
        return tuple(_walked(promoted, stack)), ""
    except NotAsked as why:
        return (), str(why)


def _see_that_steps_run(acting: Deployment) -> None:
    """Raise `NotAsked` where the pages' steps cannot be run as they stand."""
    acting.twin.scripts.see_runnable(*PROGRAMS)
    for name in COMMANDS:
        if name not in acting.system.commands:
            raise NotAsked(f"the target has no command {name}")


def _walked(promoted: Promoted, stack: Stack) -> Iterator[Ran]:
    """Each step of the pages that breaks nothing and need not be told anything, in order."""
    urls = promoted.urls
    given = {f"JOBSOURCES_{part.upper()}_URL": url for part, url in urls.items()}
    given |= {ADDRESSES[part]: url for part, url in urls.items()} | SOME
    pages = sorted((ROOT / FOLDER).glob("*.md"), key=lambda page: (page.name != FIRST, page.name))
    for path in pages:
        steps = read(path.read_text(encoding="utf-8"), f"{FOLDER}/{path.name}")
        scripts = promoted.deployment.twin.scripts
        page = Procedure.of(steps, scripts, target=stack.target, secrets=stack.secrets)
        for step in page.steps:
            if step.effect <= Effect.EXERCISES and WANTING not in step.script:
                yield page.run_step(step, given)
