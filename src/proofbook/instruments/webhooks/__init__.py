"""
A bench for whoever receives signed webhooks: requests that must be taken, and every known attack on the rest.

    outcomes = attack(
        attacks(STANDARD_WEBHOOKS, supply, secrets=[secret], at=time.time()), over(client, effects)
    )
    assert mistakes(outcomes) == ()

The attacks are values and their judges are pure; `attack` alone sends. A scheme of one's own is a `Scheme`.
"""

from proofbook.instruments.webhooks.attacks import attacks
from proofbook.instruments.webhooks.judging import (
    Answer,
    Attack,
    Outcome,
    Right,
    broke,
    mistakes,
    not_refused,
    not_taken,
    repeated,
    told_apart,
    unasked,
)
from proofbook.instruments.webhooks.sending import attack, over
from proofbook.instruments.webhooks.signing import Message, Request, Scheme
from proofbook.instruments.webhooks.styles import (
    GITHUB,
    STANDARD_WEBHOOKS,
    altered_bodies,
    odd_bodies,
)

__all__ = [
    "GITHUB",
    "STANDARD_WEBHOOKS",
    "Answer",
    "Attack",
    "Message",
    "Outcome",
    "Request",
    "Right",
    "Scheme",
    "altered_bodies",
    "attack",
    "attacks",
    "broke",
    "mistakes",
    "not_refused",
    "not_taken",
    "odd_bodies",
    "over",
    "repeated",
    "told_apart",
    "unasked",
]
