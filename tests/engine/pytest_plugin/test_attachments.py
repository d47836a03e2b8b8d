"""The `attach` fixture: what a check leaves beside its verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.engine.pytest_plugin.conftest import Suite


def kept(suite: Suite) -> dict[str, str]:
    """Name → text of what the only run kept."""
    (folder,) = suite.folders()
    files = sorted((folder / "attachments").glob("*"))
    return {file.name: file.read_text(encoding="utf-8") for file in files}


def test_a_text_is_kept_under_the_claim_s_name(suite: Suite) -> None:
    """And the case's, where there are several; the same name twice is two files."""
    suite.checks("""
        @pytest.mark.claim("shop.holds")
        @pytest.mark.parametrize("how", ["at once", "later"])
        def test_it_holds(attach, how):
            attach("plan.json", "{}")
            path = attach("plan.json", how)
            assert path.read_text() == how
    """)

    outcome = suite.run()

    assert outcome.verdicts() == {"shop.holds": "pass"}
    assert kept(suite) == {
        "shop.holds-at-once.plan.json": "{}",
        "shop.holds-at-once-2.plan.json": "at once",
        "shop.holds-later.plan.json": "{}",
        "shop.holds-later-2.plan.json": "later",
    }


def test_secrets_are_not_kept(suite: Suite) -> None:
    """What the target resolved is taken out."""
    suite.target("""
        kind = "stand-in"
        permits = "exercises"
        [secrets]
        door = "generate:token"
        [systems.shop.api]
        command = ["{python}", "-c", "pass"]
        ready = { running_for = "1 s" }
        env = { DOOR = "{secret.door}" }
    """)
    suite.checks("""
        @pytest.fixture
        @observes
        def door(stack):
            with stack.twin("shop") as twin:
                yield twin.env("api")["DOOR"]

        @pytest.mark.claim("shop.holds")
        def test_it_holds(attach, door):
            attach("env.txt", f"DOOR={door}")
    """)

    outcome = suite.run()

    assert outcome.verdicts() == {"shop.holds": "pass"}
    assert kept(suite) == {"shop.holds.env.txt": "DOOR=[redacted]"}
