"""The first admin, and what there is to look at."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from systems.chassis.settings import Misconfigured, Reader
from systems.marketplace import passwords, seed_admin
from systems.marketplace.operation import Failed
from tests.systems.marketplace.contract import VECTORS, cases

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.systems.marketplace.markets import Market

    Seeder = Callable[..., str]

WALLET = "0x" + "ab" * 20
LIVE = {"NODE_ENV": "production", "SEED_ADMIN_ALLOW_PRODUCTION": "true"}
STRONG = {"SEED_ADMIN_PASSWORD": "p" * 12}


@pytest.fixture
def seed(
    market: Market, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Seeder:
    """Seeds the marketplace's database: `seed(APP_ENV="staging")`; the last line of what was said."""
    monkeypatch.setattr(passwords, "COST", 4)

    def seeded(**env: str) -> str:
        told = {"ADMIN_WALLETS": WALLET, "SEED_ADMIN_WALLET": WALLET.upper().replace("X", "x")}
        seed_admin.run(Reader({**market.environ, **told, **env}))
        return capsys.readouterr().out.splitlines()[-1]

    return seeded


def refused(seed: Seeder, **env: str) -> tuple[str, ...]:
    """The variables that do not do."""
    with pytest.raises(Misconfigured) as problem:
        seed(**env)
    return (*problem.value.missing, *problem.value.invalid)


def everything(market: Market) -> list[Any]:
    """All that is stored."""
    return [market.sql(f"SELECT * FROM {table} ORDER BY id") for table in ("users", "jobs")]  # noqa: S608 - two words


def test_the_token_opens_what_is_the_admins(market: Market, seed: Seeder) -> None:
    """And the lists, which were looked at before, show what there is now."""
    empty = [market.get(f"/api/{name}").json() for name in ("jobs", "freelancers")]

    token = seed()

    headers = {"Authorization": f"Bearer {token}"}
    assert [empty[0]["jobs"], empty[1]["freelancers"]] == [[], []]
    assert market.get("/api/admin/metrics", headers=headers).status_code == 200
    (admin,) = market.sql("SELECT * FROM users WHERE username = 'Admin'")
    assert (admin["isVerified"], admin["walletAddress"]) == (True, WALLET)
    assert admin["email"] == "admin@example.com"
    assert passwords._is_right("admin", admin["password"])
    assert len(market.get("/api/jobs").json()["jobs"]) == 3
    (freelancer,) = market.get("/api/freelancers").json()["freelancers"]
    assert (freelancer["username"], freelancer["hourlyRate"]) == ("demo_freelancer", 50)


def test_once_more_changes_nothing(market: Market, seed: Seeder) -> None:
    """Nor do several at once make two of anything."""
    with ThreadPoolExecutor(3) as pool:
        told = {"ADMIN_WALLETS": WALLET, "SEED_ADMIN_WALLET": WALLET}
        reader = Reader({**market.environ, **told})
        list(pool.map(seed_admin.run, [reader] * 3))
    before = everything(market)

    seed(SEED_ADMIN_PASSWORD="another one")

    assert everything(market) == before
    assert [len(rows) for rows in before] == [3, 3]


def test_in_production_nobody_is_made_unless_it_is_meant(market: Market, seed: Seeder) -> None:
    """Then the admin alone, with a password that nobody guesses."""
    assert refused(seed, NODE_ENV="production", **STRONG) == ("SEED_ADMIN_ALLOW_PRODUCTION",)
    assert refused(seed, **LIVE) == ("SEED_ADMIN_PASSWORD",)
    assert refused(seed, **LIVE, SEED_ADMIN_PASSWORD="p" * 11) == ("SEED_ADMIN_PASSWORD",)
    assert everything(market) == [[], []]

    seed(**LIVE, **STRONG)

    users, jobs = everything(market)
    assert ([each["walletAddress"] for each in users], jobs) == ([WALLET], [])
    market.sql("TRUNCATE users CASCADE")
    seed(**LIVE, APP_ENV="staging")
    assert [len(rows) for rows in everything(market)] == [3, 3]


def test_a_stranger_is_made_no_admin(market: Market, seed: Seeder) -> None:
    """Whoever has that name, or that e-mail, stays as he is."""
    market.user(username="Admin", isVerified=False)
    market.user(email="other@example.com", isVerified=False)
    before = everything(market)

    for env in ({}, {"SEED_ADMIN_USERNAME": "New", "SEED_ADMIN_EMAIL": "other@example.com"}):
        with pytest.raises(Failed, match="is somebody else's: nobody was made an admin"):
            seed(**env)

    assert everything(market) == before
    assert refused(seed, SEED_ADMIN_WALLET="") == ("SEED_ADMIN_WALLET",)
    assert refused(seed, SEED_ADMIN_WALLET="0x1") == ("SEED_ADMIN_WALLET",)


@pytest.mark.parametrize(
    "case", cases("admin_allowlist", "must"), ids=lambda case: case["address"][:6]
)
def test_who_is_on_the_list(market: Market, seed: Seeder, case: dict[str, Any]) -> None:
    """The contract's vectors."""
    told = {"ADMIN_WALLETS": VECTORS["admin_allowlist"]["ADMIN_WALLETS"]}
    told |= {"SEED_ADMIN_WALLET": case["address"]}
    if case["admin"]:
        assert seed(**told).count(".") == 2
        return

    assert refused(seed, **told) == ("SEED_ADMIN_WALLET",)
    assert everything(market) == [[], []]


def test_without_a_database_nobody_is_made(seed: Seeder) -> None:
    """And that is told."""
    with pytest.raises(Failed, match=r"^nothing was seeded: OperationalError$"):
        seed(DATABASE_URL="postgresql://u:secret@127.0.0.1:1/none")
