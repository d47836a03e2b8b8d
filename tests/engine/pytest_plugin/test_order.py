"""What waits longest begins first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.engine.pytest_plugin.conftest import Suite


def test_the_longest_waits_begin_first(suite: Suite) -> None:
    """With another check beside each; the rest keeps its order."""
    names = ("first", "second", "short", "long", "third")
    suite.claims(**dict.fromkeys(names, "It holds."))
    waits = {"short": 5, "long": 60}
    suite.checks(
        "began = []\n\n"
        + "".join(
            (f"@pytest.mark.waits({waits[name]})\n" if name in waits else "")
            + f'@pytest.mark.claim("shop.{name}")\n'
            + f'def test_{name}():\n    began.append("{name}")\n'
            + '    assert began == ["long", "first", "short", "second", "third"][: len(began)]\n\n'
            for name in names
        )
    )

    assert set(suite.run().verdicts().values()) == {"pass"}
