"""Who may say what, and what must hold where before a gate opens."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from proofbook.selection import select
from proofbook.targets.model import KINDS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from proofbook.errors import Place

#: The role of a clone's own key, and the only gate that may trust it.
LOCAL = "local"
#: The role whose keys sign runs where a gate says nothing else.
CI = "ci"
#: So many passes clear a fail on a release, where a gate says nothing else.
CLEAN_RERUNS = 3
#: How long a waiver lasts at most, where a gate says nothing else.
LONGEST_WAIVER = timedelta(days=14)
#: How long an override lasts at most; no gate can say more.
LONGEST_OVERRIDE = timedelta(hours=4)
#: An override is the word of so many people.
OVERRIDERS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """A person or a machine that signs."""

    name: str
    #: Fingerprints, `SHA256:…`.
    keys: tuple[str, ...]
    roles: frozenset[str]
    #: What is dated earlier does not count; `None`: there is no earliest date.
    begins: datetime | None = None
    #: What is dated then or later does not count.
    ends: datetime | None = None
    #: From then on nothing that it ever signed counts: who has stolen a key writes any date.
    revoked: datetime | None = None

    def may_speak(self, dated: datetime, now: datetime) -> bool:
        """Whether what it signed and dated so counts now."""
        return not self.why_not(dated, now)

    def why_not(self, dated: datetime, now: datetime) -> str:
        """Why what it signed and dated so does not count now; empty if it does."""
        if self.revoked is not None and now >= self.revoked:
            return f"whose key was revoked on {self.revoked.isoformat()}"
        if self.begins is not None and dated < self.begins:
            return f"whose key counts from {self.begins.isoformat()} on"
        if self.ends is not None and dated >= self.ends:
            return f"whose key counted until {self.ends.isoformat()}"
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Claims that must hold in one kind of place."""

    #: Systems, ids and globs.
    select: tuple[str, ...]
    #: The same, left out again.
    without: tuple[str, ...] = ()
    #: Kinds of deployment (`stand-in`, `twin`, `deployment`) or names of targets.
    on: tuple[str, ...]
    #: Older evidence is stale, whatever its claim says; `None`: no limit of the row's own.
    max_age: timedelta | None = None
    #: It must choose so many claims; else it asks for nothing and shuts the gate.
    at_least: int = 1
    #: Whether evidence of lowered values counts.
    scaled: bool = False
    place: Place

    def chosen(self, claims: Collection[str]) -> frozenset[str]:
        """The claim ids that it asks for."""
        left_out = select(self.without, claims).claims if self.without else frozenset()
        return select(self.select, claims).claims - left_out

    def fits(self, target: str, kind: str) -> bool:
        """Whether what was found on a target counts here; a target called `twin` is none by that."""
        return kind in self.on or (target in self.on and target not in KINDS)

    @property
    def name(self) -> str:
        """`coreos.* on deployment`."""
        return f"{' '.join(self.select)} on {' or '.join(self.on)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What must hold before it opens, whose word counts, and what may be waived."""

    name: str
    rows: tuple[Row, ...]
    #: Roles whose keys sign runs.
    trusts: frozenset[str] = frozenset({CI})
    #: So many passes clear a fail on a release.
    clean_reruns: int = CLEAN_RERUNS
    #: Selectors of the claims that may be waived; none where nothing is said.
    waivers: tuple[str, ...] = ()
    #: Selectors of those that may not, whatever `waivers` says.
    never_waived: tuple[str, ...] = ()
    #: Roles that may waive, override, and retire a claim.
    waived_by: frozenset[str] = frozenset()
    overridden_by: frozenset[str] = frozenset()
    retired_by: frozenset[str] = frozenset()
    longest_waiver: timedelta = LONGEST_WAIVER
    place: Place

    def may_waive(self, claim: str) -> bool:
        """Whether a waiver of the claim counts at all."""
        if not self.waivers or not select(self.waivers, [claim]).claims:
            return False
        return not (self.never_waived and select(self.never_waived, [claim]).claims)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One policy file."""

    path: str
    #: SHA-256, hexadecimal, of its text.
    digest: str
    principals: tuple[Principal, ...] = ()
    gates: Mapping[str, Gate] = field(default_factory=dict)

    def principal(self, key: str) -> Principal | None:
        """Whose key a fingerprint is; `None` for a foreign one."""
        return next((each for each in self.principals if key in each.keys), None)

    def holders(self, role: str) -> tuple[Principal, ...]:
        """Everybody in a role."""
        return tuple(each for each in self.principals if role in each.roles)

    def speakers(
        self, signers: Iterable[str], roles: Collection[str], *, dated: datetime, now: datetime
    ) -> tuple[Principal, ...]:
        """Those of the signers whose word counts in one of the roles, each once."""
        found = (self.principal(key) for key in signers)
        return tuple(
            dict.fromkeys(
                each
                for each in found
                if each and not each.roles.isdisjoint(roles) and each.may_speak(dated, now)
            )
        )
