"""How the steps of the runbook are broken: a page that says it wrong, or an operator's program that does it wrong."""

from __future__ import annotations

from typing import Any

from systems.coreos.faults.seams import Fault, around, ids, nothing


def _alive(said: Any) -> Any:
    """An answer in which no job has died."""
    is_dead = isinstance(said, dict) and said.get("status") == "DEAD"
    return {**said, "status": "COMPLETED"} if is_dead else said


def _page(name: str, *breaks: str, old: str, new: str, reason: str, spared: str = "") -> Fault:
    """A step whose script says `new` where the page says `old`."""
    return Fault(
        name=name,
        process="steps",
        breaks=ids(*breaks),
        unaffected=ids(spared) if spared else (),
        reason=reason,
        plant=nothing,
        edits=((old, new),),
    )


FAULTS = (
    # As the older page had it: the shell ends the command at the &.
    _page(
        "address-unquoted",
        "timeseries-line-works",
        old='"$COREOS_API_URL/api/ops/metrics/timeseries?metric=job_latency&window=24h"',
        new="$COREOS_API_URL/api/ops/metrics/timeseries?metric=job_latency&window=24h; wait",
        reason='promised `window = "24h"`',
    ),
    _page(
        "key-cut-at-wrong-end",
        "key-generator-consistent",
        old='tail -c 32 "$1"',
        new='head -c 32 "$1"',
        reason="the public key is not the private key's own",
    ),
    _page(
        "rotation-waits-for-nothing",
        "rotation-waits-for-empty-queue",
        old='[ "$unfinished" = 0 ]',
        new="true",
        reason="promised `busy != 0`",
    ),
    # As the older page had it: what is restarted goes on with the environment that it was made with.
    _page(
        "restart-keeps-environment",
        "rotation-steps-take-hold",
        old="host.sh stop $process",
        new="host.sh status",
        reason="the step new-key-is-published",
    ),
    _page(
        "old-keys-stay",
        "rotation-steps-take-hold",
        old="rm -f api.env.before worker.env.before ~/new-keys.env",
        new="true",
        reason="an old key is still kept",
    ),
    _page(
        "stuck-asked-too-late",
        "playbook-shows-and-mends",
        old='/api/ops/jobs/stuck"',
        new='/api/ops/jobs/stuck?thresholdSec=9999"',
        reason="the step stuck-jobs does not list the job",
    ),
    _page(
        "dead-rows-of-another-type",
        "playbook-shows-and-mends",
        old="/api/ops/audit?type=job.dead",
        new="/api/ops/audit?type=job.complete",
        reason="the step dead-jobs",
    ),
    # As the older page had it: the name is put on something else than what runs.
    _page(
        "prev-is-something-else",
        "previous-release-tagged",
        old='ln -sfn "$current" prev',
        new='ln -sfn "$current" previous',
        reason="prev is not what ran",
    ),
    _page(
        "kept-once-more",
        "deployment-survives-a-cut",
        old='[ "$current" = "releases/${RELEASE:?the release to deploy}" ] || ln',
        new="ln",
        reason="prev leads to releases/newer",
        spared="previous-release-tagged",
    ),
    _page(
        "deployed-without-way-back",
        "tag-before-deploy",
        old='[ "$(readlink prev)" != "$current" ]',
        new="false",
        reason="promised `exit != 0`",
    ),
    _page(
        "newer-release-stays",
        "rollback-steps-lose-nothing",
        old='ln -sfn "$(readlink prev)" current',
        new="true",
        reason="after the way back health names",
    ),
    _page(
        "way-back-only-once",
        "rollback-survives-a-cut",
        old='ln -sfn "$(readlink prev)" current',
        new="mv -T prev current",
        reason="the step return-api",
        spared="rollback-steps-lose-nothing",
    ),
    _page(
        "workers-cut-off",
        "rollback-steps-lose-nothing",
        old="systems/coreos/scripts/host.sh stop worker",
        new='kill -9 "$(cut -d " " -f 1 ~/coreos/run/worker.lock)"',
        reason="the job in flight is PROCESSING",
    ),
    Fault(
        name="smoke-content-with-dead-job",
        process="smoke",
        breaks=ids("smoke-proves-rotation", "broken-release-noticed"),
        unaffected=ids("rotation-steps-take-hold"),
        reason="is 0, promised `",
        plant=around("json:loads", lambda loads: lambda text: _alive(loads(text))),
    ),
)
