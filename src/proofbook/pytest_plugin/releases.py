"""Which release was checked: read from the deployment before the checks and after them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofbook.errors import ProofbookError
from proofbook.redaction import redacted

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from proofbook.pytest_plugin.awake import Awake
    from proofbook.pytest_plugin.places import Place


class Releases:
    """Two readings, and why they do not say on what the claims were proved, if they do not."""

    def __init__(self, awake: Awake, place: Place) -> None:
        self._awake = awake
        self._place = place
        self._was_read = False
        #: Component → digest or revision, as first read.
        self.before: Mapping[str, str] = {}
        #: Empty if the release is known and stayed what it was, or if the target states none.
        self.problem = ""

    def read_before(self) -> None:
        """The reading that the run is named by."""
        self._was_read = True
        self.before = self._read() or {}

    def read_after(self, asked: Collection[str]) -> None:
        """The reading that shows whether the deployment of the systems `asked` changed while it was checked."""
        after = self._read() if self._was_read and not self.problem else None
        if after is None:
            return
        others = self._awake.target.systems.keys() - asked
        changed = [
            f"{name} from {self.before.get(name, 'nothing')} to {after.get(name, 'nothing')}"
            for name in {**self.before, **after}
            if self.before.get(name) != after.get(name) and name.partition(".")[0] not in others
        ]
        if changed:
            self.problem = f"the release changed during the run: {', '.join(changed)}"

    def _read(self) -> Mapping[str, str] | None:
        """What the deployment says; `None`, and `problem`, if it does not."""
        if not self._place.states_release:
            return {}
        try:
            if self._awake.fault is not None:
                return {}  # of sabotage comes no evidence, whatever it was done to
            return dict(self._place.stack.releases())
        except ProofbookError as error:
            said = " ".join(redacted(str(error), self._place.secrets).split())
            self.problem = f"the release could not be read: {said}"
            return None
