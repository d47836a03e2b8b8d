"""Which addresses a target names, and whose are off limits."""

from __future__ import annotations

import pytest

from proofbook.errors import TargetError
from proofbook.targets import forbidden, parse
from proofbook.targets.places import addresses

PRODUCTION = """
kind = "deployment"
protected = true
permits = "disrupts"
[services.store]
url = "env:PROD_DSN"
[systems.coreos.api]
url = "https://Ops.Example.com/base"
env = { ISSUER = "https://login.example.com", url = "https://third.example.com" }
[systems.coreos]
sql = "host=db.example.com port=6432 dbname=app"
"""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("https://a.example/x", {"a.example:443"}),
        ("HTTP://LOCALHOST:3001", {"127.0.0.1:3001"}),
        ("http://[::1]:80/", {"127.0.0.1:80"}),
        ("postgres://u:p@db.example./app", {"db.example:5432"}),
        ("redis://{host}:1", set()),
        ("weird://h", set()),
        ("http://h:99999/", set()),
        ("host='db.example' dbname=app", {"db.example:5432"}),
        ("host=/run/postgresql", set()),
        ("host=db port=x", set()),
        ("see http://a.example and http://b.example:81", {"a.example:80", "b.example:81"}),
        ("env:DSN", {"env:DSN"}),
        ("no address", set()),
    ],
)
def test_an_address_is_host_and_port(text: str, found: set[str]) -> None:
    """In lower case, with the scheme's own port; a reference is itself."""
    assert addresses(text) == found


def test_a_protected_target_may_only_be_looked_at() -> None:
    """Whatever it permits."""
    target = parse(PRODUCTION, "targets/production.toml")

    assert str(target.permits) == "disrupts"
    assert str(target.allowed) == "observes"


def test_what_is_protected_are_its_own_addresses() -> None:
    """Not those that its programs are told of, and not those of targets without protection."""
    production = parse(PRODUCTION, "targets/production.toml")
    other = parse('kind = "twin"\n[systems.x.y]\nurl = "http://h"', "targets/other.toml")

    protected = "targets/production.toml"
    assert other.addresses == {"h:80"}
    assert forbidden([production, other]) == {
        "env:PROD_DSN": protected,
        "ops.example.com:443": protected,
        "db.example.com:6432": protected,
    }


@pytest.mark.parametrize(
    "line",
    [
        '[systems.coreos.api]\nurl = "https://ops.example.com/elsewhere"',
        '[systems.coreos.api]\nurl = "env:PROD_DSN"',
        '[systems.coreos.api]\nenv.DATABASE_URL = "postgres://db.example.com:6432/app"',
        '[systems.coreos]\nsql = "postgres://db.example.com:6432/app"',
    ],
)
def test_no_other_target_may_change_a_protected_address(line: str) -> None:
    """As an address, as a reference, as what a program is told; looking is allowed."""
    production = forbidden([parse(PRODUCTION, "targets/production.toml")])
    text = f'kind = "twin"\npermits = "exercises"\n{line}'

    with pytest.raises(TargetError) as caught:
        parse(text, "targets/x.toml", protected_addresses=production)
    looking = parse(text.replace("exercises", "observes"), "x.toml", protected_addresses=production)

    [problem] = caught.value.problems
    assert problem.place.line == 4
    assert problem.message.endswith(
        "is protected by targets/production.toml; here, too, it may only be looked at: "
        'say permits = "observes", or name another address.'
    )
    assert looking.off_limits == production


def test_a_reference_that_is_no_address_is_shared_freely() -> None:
    """Two targets may take a secret from one variable."""
    text = 'kind = "twin"\npermits = "loads"\n[systems.x.y]\nenv = { KEY = "env:PROD_DSN", url = "env:PROD_DSN" }'
    production = forbidden([parse(PRODUCTION, "targets/production.toml")])

    assert parse(text, "x.toml", protected_addresses=production).addresses == frozenset()
