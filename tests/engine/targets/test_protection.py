"""What references lead to is compared with what other targets protect, before anything is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proofbook.errors import WrongPlace
from proofbook.stack import Stack
from proofbook.targets import load

if TYPE_CHECKING:
    from pathlib import Path

PRODUCTION = 'kind = "deployment"\nprotected = true\n[systems.a.b]\nurl = "env:PRODUCTION_URL"\n'
STAGING = 'kind = "twin"\npermits = "loads"\n[systems.a.b]\nurl = "env:STAGING_URL"\n'


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A stack of a target whose variable is set like the protected target's, by mistake."""
    (tmp_path / "targets").mkdir()
    (tmp_path / "targets" / "production.toml").write_text(PRODUCTION)
    (tmp_path / "targets" / "staging.toml").write_text(STAGING)
    monkeypatch.setenv("PRODUCTION_URL", "https://p.example")
    monkeypatch.setenv("STAGING_URL", "https://p.example/")
    return Stack(load(tmp_path, "staging"), root=tmp_path, logs=tmp_path)


def test_a_variable_that_leads_to_a_protected_place_is_the_wrong_place(stack: Stack) -> None:
    """Although neither file shows an address."""
    with pytest.raises(WrongPlace) as caught:
        stack.check_identity()

    assert str(caught.value) == (
        "targets/staging.toml: p.example:443 is protected by targets/production.toml; "
        "this target permits more than to look there; nothing was done"
    )


def test_a_variable_that_leads_elsewhere_is_not(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor one of the protected target that is not set here."""
    monkeypatch.setenv("STAGING_URL", "https://s.example")
    stack.check_identity()
    monkeypatch.setenv("STAGING_URL", "https://p.example")
    monkeypatch.delenv("PRODUCTION_URL")
    stack.check_identity()
