"""
Every key that a policy file may hold, table by table.

The page `runbooks/handbook/gates.md` of the project says what each means; a test compares them.
"""

from __future__ import annotations

POLICY = ("schema", "principals", "gates")

PRINCIPAL = ("keys", "roles", "from", "until", "revoked")

GATE = (
    "rows",
    "trusts",
    "clean_reruns",
    "waivers",
    "never_waived",
    "waived_by",
    "longest_waiver",
    "overridden_by",
    "retired_by",
)

ROW = ("select", "without", "on", "max_age", "at_least", "scaled")

#: Table of a policy file → its keys.
TABLES = {
    "the file": POLICY,
    "principals.<name>": PRINCIPAL,
    "gates.<name>": GATE,
    "gates.<name>.rows[…]": ROW,
}
