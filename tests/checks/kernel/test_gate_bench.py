"""The bench that asks a gate about one claim."""

from __future__ import annotations

from checks.kernel.gate_bench import exits_of
from proofbook.policy import parse

POLICY = """\
schema = 1
[gates.promote]
rows = [
  { select = "shop", on = "twin", max_age = "7 d", at_least = 40, without = ["shop.signed"] },
  { select = "shop.sold-*", on = "deployment" },
]
"""


def test_a_gate_opens_with_a_pass_alone() -> None:
    """Each row that asks for the claim answers; what else it asks for has no say."""
    exits = exits_of(parse(POLICY, "gates.toml"), "promote", "shop.sold-once")

    assert exits == {"pass": [0, 0], "fail": [1, 1], "absent": [5, 5], "stale": [6, 6]}


def test_a_claim_that_no_row_asks_for_has_no_answer() -> None:
    """Left out by name, or not meant at all."""
    exits = exits_of(parse(POLICY, "gates.toml"), "promote", "shop.signed")

    assert set(map(len, exits.values())) == {0}
