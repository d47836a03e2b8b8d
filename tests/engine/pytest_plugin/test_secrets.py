"""No secret that the stack resolved gets into anything that is printed or written."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.engine.pytest_plugin.conftest import Suite

SECRET = "tr0ub4dor&3-and-some-more"
_TARGET = """
    kind = "stand-in"
    permits = "exercises"
    [secrets]
    token = "env:SHOP_TOKEN"
    [systems.shop.api]
    command = ["true"]
    ready = { running_for = "1 s" }
    env = { TOKEN = "{secret.token}" }
"""
_CHECK = """
    import base64, logging, sys

    @pytest.fixture
    @observes
    def token(stack):
        with stack.twin("shop") as twin:
            yield twin.env("api")["TOKEN"]

    @pytest.fixture
    @observes
    def telling(token):
        yield
        {teardown}

    @pytest.mark.claim("shop.holds")
    def test_it_holds(claim, token, telling, record_property):
        print("printed", token)
        print("encoded", base64.b64encode(token.encode()).decode(), file=sys.stderr)
        logging.getLogger().warning("logged %s", token.encode().hex())
        record_property("kept", token)
        {body}
"""

LEAKS = {
    "an assertion": ("assert token == 'x'", "pass"),
    "a reason": ("claim.require(False, f'refused {token}')", "pass"),
    "an exception": ("raise ValueError(token)", "pass"),
    "a long value": ("assert 'y' * 300 + token + 'y' * 300 == 'x'", "pass"),
    "a measurement": ("claim.expect(mode=token)", "pass"),
    "an error in tear-down": ("claim['mode']", "raise ValueError(token)"),
    "nothing but output": ("claim.expect(mode='safe')", "pass"),
}


def traces(text: str) -> list[str]:
    """What of the secret is left in a text."""
    forms = [SECRET, SECRET[:12], SECRET[-12:]]
    forms += [base64.b64encode(SECRET.encode()).decode()[:-4], SECRET.encode().hex()]
    return [form for form in forms if form in text]


@pytest.mark.parametrize(("body", "teardown"), LEAKS.values(), ids=LEAKS)
@pytest.mark.parametrize("style", ["long", "short", "line", "native", "no"])
def test_a_secret_is_in_nothing_that_is_shown_or_kept(
    suite: Suite, body: str, teardown: str, style: str
) -> None:
    """Terminal, pytest's JUnit file, ours, and run.json."""
    suite.claims(holds="It holds with `mode = safe`.")
    suite.pytester._monkeypatch.setenv("SHOP_TOKEN", SECRET)
    suite.target(_TARGET)
    suite.checks(_CHECK.format(body=body, teardown=teardown))

    outcome = suite.run(
        "-rA",
        f"--tb={style}",
        "--junitxml=pytest.xml",
        "-o",
        "junit_logging=all",
        "-o",
        "junit_family=xunit1",
        "--showlocals",
    )

    assert outcome.run
    shown = outcome.out + outcome.err
    files = [*suite.folders()[0].glob("*.*"), suite.root / "pytest.xml"]
    kept = "".join(file.read_text(encoding="utf-8") for file in files)
    assert (traces(shown), traces(kept)) == ([], [])
    assert "[redacted]" in kept


@pytest.mark.slow
def test_a_secret_stays_on_its_worker(suite: Suite) -> None:
    """It is taken out before a report leaves the process that knows it."""
    suite.claims(holds="It holds with `mode = safe`.")
    suite.pytester._monkeypatch.setenv("SHOP_TOKEN", SECRET)
    suite.target(_TARGET)
    suite.checks(_CHECK.format(body="assert token == 'x'", teardown="pass"))

    outcome = suite.apart("-n", "1", "-rA", "--junitxml=pytest.xml", "-o", "junit_family=xunit1")

    assert outcome.verdicts()["shop.holds"].startswith("fail: ")
    kept = (suite.folders()[0] / "run.json").read_text(encoding="utf-8")
    xml = (suite.root / "pytest.xml").read_text(encoding="utf-8")
    assert (traces(outcome.out), traces(kept), traces(xml)) == ([], [], [])


def test_subtests_are_redacted_too(suite: Suite) -> None:
    """Their output is captured apart."""
    suite.claims(holds="It holds with `mode = safe`.")
    suite.pytester._monkeypatch.setenv("SHOP_TOKEN", SECRET)
    suite.target(_TARGET)
    body = "subtests = request.getfixturevalue('subtests')\n        with subtests.test():\n            print(token)\n            assert token == 'x'"
    suite.checks(
        _CHECK.format(body=body, teardown="pass").replace(
            "test_it_holds(", "test_it_holds(request, "
        )
    )

    outcome = suite.run("-rA")

    assert outcome.verdicts()["shop.holds"] == "fail: assert '[redacted]' == 'x'"
    assert traces(outcome.out + outcome.err) == []
