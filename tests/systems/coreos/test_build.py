"""The build: public values frozen, none shown in its log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofbook.stack import Finished

if TYPE_CHECKING:
    from pathlib import Path

    from tests.systems.conftest import Starter


def test_public_values_are_those_of_the_build(starter: Starter, tmp_path: Path) -> None:
    """Whatever the API's own environment says when it is started."""
    place = {"COREOS_BUILD_DIR": str(tmp_path / "out")}
    name = "NEXT_PUBLIC_FIREBASE_PROJECT_ID"
    coreos = starter(**place, **{name: "canary-started"})
    assert "canary" not in coreos.get("/ops/login", who="").text

    built = coreos.twin.command("build", env=place | {name: "canary-built", "PORT": "48391"})
    after = starter(**place, **{name: "canary-started"})

    assert isinstance(built, Finished)
    assert (built.code, "canary" in built.output, "48391" in built.output) == (0, False, False)
    assert f"{name}: frozen" in built.output
    page = after.get("/ops/login", who="").text
    assert "canary-built" in page
    assert "canary-started" not in page
