"""The claim in the hands of the check that runs now."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from proofbook.claims import RESERVED
from proofbook.errors import ClaimError
from proofbook.handle import ClaimHandle
from proofbook.scaling import scale_of

if TYPE_CHECKING:
    import pytest

    from proofbook.claims import Claim
    from proofbook.pytest_plugin.awake import Awake
    from proofbook.pytest_plugin.keeping import Keeping


class Handles:
    """Gives a check its claim; the same to all its fixtures, a fresh one when it is tried again."""

    def __init__(self, awake: Awake, keeping: Keeping) -> None:
        self._awake = awake
        self._keeping = keeping
        self._item: pytest.Item | None = None
        self._claim: Claim | None = None
        self._handle: ClaimHandle | None = None

    def begin(self, item: pytest.Item, claim: str | None) -> None:
        """A try at a test begins; `claim` is the id that it is the check of, if it is one."""
        self._item = item
        self._claim = self._awake.claims[claim] if claim else None
        self._handle = None
        self._keeping.begin()

    @property
    def label(self) -> str:
        """A name for what this try leaves behind: the claim's id and the case's, fit for a file's name."""
        claim = self.current().id
        case = self._item.nodeid.partition("[")[2] if self._item else ""
        return "-".join([claim, *re.findall(r"[A-Za-z0-9]+", case)])

    def current(self) -> ClaimHandle:
        """The handle of this try; raises `ClaimError` in a test that is no check."""
        if self._handle is None:
            if self._claim is None:
                name = self._item.nodeid if self._item else "this"
                raise ClaimError(f'{name} is no check; mark it @pytest.mark.claim("its.id")')
            scale = self._awake.target.scale
            self._handle = ClaimHandle(self._claim, scale_of(self._claim, scale))
        return self._handle

    def used(self) -> ClaimHandle | None:
        """The handle of this try, if it was asked for or the claim states values; else `None`."""
        if self._handle is None and self._claim is not None:
            if all(value.name in RESERVED for value in self._claim.values):
                return None
            return self.current()
        return self._handle
