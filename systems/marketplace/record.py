"""
Write an operation down: `OPS_ACTION=deploy OPS_RELEASE=… OPERATOR=… python -m systems.marketplace.record`.

A deployment of production needs the flow passed on staging before, a scheduled rotation there needs staging's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from systems.chassis.settings import one_of
from systems.marketplace import ledger, operation, record_gates
from systems.marketplace.events import Events

if TYPE_CHECKING:
    from systems.chassis.settings import Reader
    from systems.marketplace.operation import Office

ROTATION = "rotation"
ACTIONS = ("deploy", "e2e", "rollback", ROTATION)
SECRET = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
EMERGENCY = "emergency"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is to be written down; a secret and a reason are told of a rotation, a release of all else."""

    action: str
    outcome: str
    release: str = ""
    secret: str = ""
    reason: str = ""


def run(reader: Reader) -> None:
    """Do it, unless a gate is shut."""
    told, office = read(reader)
    reader.check()
    if office.surroundings.is_production:
        check(told, office)
    if told.action == ROTATION:
        details = {"secret": told.secret, "reason": told.reason}
        office.record(told.action, details, outcome=told.outcome)
        level = "warn" if told.reason == EMERGENCY else "info"
        said = {**details, "environment": office.surroundings.name, "operator": office.operator}
        Events().tell("secret.rotation", said, level)
    else:
        office.record(told.action, {}, outcome=told.outcome, release=told.release)


def read(reader: Reader) -> tuple[Told, Office]:
    """What the environment tells; what does not do is noted."""
    action = reader.required("OPS_ACTION", one_of(*ACTIONS)) or ""
    outcome = reader.optional("OPS_OUTCOME", one_of(ledger.OK, ledger.FAILED), ledger.OK)
    told = Told(action=action, outcome=outcome)
    if action == ROTATION:
        told = replace(
            told,
            secret=reader.required("OPS_SECRET", _name) or "",
            reason=reader.required("OPS_REASON", one_of("scheduled", EMERGENCY)) or "",
        )
    elif action:
        told = replace(told, release=reader.required("OPS_RELEASE", str) or "")
    operator = reader.required("OPERATOR", str) or ""
    return told, replace(operation.office(reader), operator=operator)


def check(told: Told, office: Office) -> None:
    """Raise Refused where a gate is shut."""
    entries = ledger.read(office.ledger)
    if told.action == "deploy":
        record_gates.check_deploy(entries, told.release)
    elif told.action == ROTATION and told.reason != EMERGENCY:
        record_gates.check_rotation(entries, told.secret)


def _name(text: str) -> str:
    if not SECRET.fullmatch(text):
        raise ValueError("the name of a variable is wanted")
    return text


if __name__ == "__main__":
    operation.main(run)
