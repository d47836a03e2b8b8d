"""How somebody signs up, signs in by password or by wallet, stays signed in, and changes what they say of themselves."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from coincurve import PrivateKey

from systems.chassis import jose
from systems.marketplace import passwords, tokens, wallets
from tests.systems.marketplace.contract import cases
from tests.systems.marketplace.markets import KEPT, PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.systems.marketplace.markets import Market

KEY = PrivateKey.from_int(7)
WALLET = wallets.address(KEY.public_key)
REGISTER, LOGIN, REFRESH = "/api/auth/register", "/api/auth/login", "/api/auth/refresh"


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hash takes no quarter of a second here."""
    monkeypatch.setattr(passwords, "COST", 4)
    monkeypatch.setattr(passwords, "_nobodys", lambda: KEPT)


def person(**changes: object) -> dict[str, object]:
    """What somebody new says."""
    name = uuid4().hex[:12]
    told = {"email": f"{name}@market.example", "username": name, "password": PASSWORD}
    return told | changes


def wrong(answer: httpx.Response, status: int = 400) -> list[str]:
    """The fields that a refusal names."""
    assert (answer.status_code, answer.json()["error"]) == (status, "Invalid payload")
    details = answer.json()["details"]
    assert details["formErrors"] == []
    return sorted(details["fieldErrors"])


def signed(message: str) -> str:
    """A wallet's signature."""
    raw = KEY.sign_recoverable(wallets.digest(message), hasher=None)
    return f"0x{raw[:-1].hex()}{27 + raw[-1]:02x}"


def verify(market: Market, nonce: str, **changes: Any) -> httpx.Response:
    """Show a signature of a nonce."""
    message = f"Sign in\nNonce: {nonce}"
    cookies = {"siwe_nonce": nonce} | changes.pop("cookies", {})
    body = {"address": WALLET, "message": message, "signature": signed(message)} | changes
    return market.post("/api/auth/verify", body, cookies=cookies)


def nonce(market: Market) -> str:
    """One that was given out."""
    return str(market.get("/api/auth/nonce").json()["nonce"])


def refresh(market: Market, raw: str) -> httpx.Response:
    """Use a refresh token up."""
    return market.post(REFRESH, {"refreshToken": raw})


def signed_in(market: Market) -> str:
    """A refresh token of somebody who has signed in."""
    user = market.user()
    answer = market.post(LOGIN, {"emailOrUsername": f"u-{user}", "password": PASSWORD})
    return str(answer.cookies["refresh_token"])


def test_somebody_new_may_sign_in(market: Market) -> None:
    """By name and by e-mail; what they are told holds no hash."""
    told = person(userType="BOTH")
    answer = market.post(REGISTER, told)

    assert answer.json()["user"] == {
        "id": answer.json()["user"]["id"],
        "username": told["username"],
        "email": told["email"],
        "userType": "BOTH",
        "walletAddress": None,
        "profile": {"avatar": None, "rating": 0, "completedJobs": 0},
    }
    assert [each.partition("=")[0] for each in answer.headers.get_list("set-cookie")] == [
        "session_token"
    ]
    for name in (told["username"], told["email"]):
        login = market.post(LOGIN, {"emailOrUsername": name, "password": PASSWORD})
        assert login.status_code == 200, login.text
        assert login.json()["user"] == answer.json()["user"]
        assert login.headers.get_list("set-cookie") == [
            f"session_token={login.json()['token']}; HttpOnly; Max-Age=604800; Path=/; SameSite=lax",
            f"refresh_token={login.cookies['refresh_token']}; HttpOnly; Max-Age=2592000; Path=/; SameSite=lax",
        ]


@pytest.mark.parametrize("case", cases("scopes"), ids=lambda case: case["userType"])
def test_a_type_has_its_scopes(market: Market, case: dict[str, Any]) -> None:
    """In the token that registering gives, as a list."""
    token = market.post(REGISTER, person(userType=case["userType"])).json()["token"]
    claims = tokens.claims_of(token, [market.environ["JWT_SECRET"]], now_seconds=0)
    assert claims["scope"] == case["scopes"]
    assert claims["exp"] - claims["iat"] == 900


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"email": "nobody"}, ["email"]),
        ({"email": "a@wallet.local"}, ["email"]),
        ({"username": "ab"}, ["username"]),
        ({"username": "u" * 33}, ["username"]),
        ({"password": "abcd"}, ["password"]),
        ({"password": "x" * 73}, ["password"]),
        ({"password": None}, ["password"]),
        ({"userType": "ADMIN"}, ["userType"]),
        ({"email": 1, "username": [], "password": {}}, ["email", "password", "username"]),
    ],
)
def test_registering_names_what_is_wrong(
    market: Market, changes: dict[str, object], fields: list[str]
) -> None:
    """All of it, and only that."""
    assert wrong(market.post(REGISTER, person(**changes))) == fields


def test_a_name_and_an_email_are_taken_once(market: Market) -> None:
    """Also by two at the same time."""
    told = person()
    both = market.together([("POST", REGISTER, told, {}), ("POST", REGISTER, told, {})])

    assert sorted(each.status_code for each in both) == [200, 409]
    for taken in ({"email": told["email"]}, {"username": told["username"]}):
        answer = market.post(REGISTER, person(**taken))
        assert (answer.status_code, answer.json()["error"]) == (
            409,
            "Email or username already taken",
        )


def test_a_wrong_password_is_told_before_anything_else(market: Market) -> None:
    """Who is not verified hears so with the right one; who has none never gets in."""
    user = market.user(isVerified=False)
    bare = market.user(password=None)

    def login(name: str, password: str) -> tuple[int, str]:
        answer = market.post(LOGIN, {"emailOrUsername": name, "password": password})
        return answer.status_code, answer.json()["error"]

    assert login(f"u-{user}", "wrong-1") == (401, "Invalid credentials")
    assert login(f"u-{user}", PASSWORD) == (403, "Account not verified yet")
    assert login(f"u-{bare}", PASSWORD) == (401, "Invalid credentials")
    assert login("nobody", PASSWORD) == (401, "Invalid credentials")
    assert login(f"u-{user}", "x" * 73) == (401, "Invalid credentials")
    assert wrong(market.post(LOGIN, {"emailOrUsername": "ab", "password": "abcd"})) == [
        "emailOrUsername",
        "password",
    ]


@pytest.mark.parametrize("case", cases("rate_limit"), ids=lambda case: case["name"])
def test_logins_are_limited(opens: Callable[..., Market], case: dict[str, Any]) -> None:
    """By address, whatever is in the body; each decision is counted."""
    market = opens(RATE_LIMITS=f'{{"login": "{case["limit"]}/{case["windowMs"] // 1000}"}}')
    bodies: tuple[dict[str, str], ...] = ({"emailOrUsername": "nobody", "password": PASSWORD}, {})

    for step, body in zip(case["steps"], bodies * 9, strict=False):
        answer = market.post(LOGIN, body)
        assert (answer.status_code != 429) is step["allowed"]
    assert answer.json()["error"] == "Too many attempts, try again later"
    assert market.counter("event.ratelimit.allow") == case["limit"]
    assert market.counter("event.ratelimit.block") == len(case["steps"]) - case["limit"]
    assert market.post(LOGIN, {}, address="10.9.9.9").status_code == 400


def test_a_refresh_token_is_used_once(market: Market) -> None:
    """Its hash is kept; used again it ends every token after it."""
    raw = signed_in(market)
    kept = market.sql("SELECT * FROM refresh_tokens")[0]
    assert kept["tokenHash"] == tokens.stored(raw, market.environ["REFRESH_TOKEN_PEPPER"])
    assert (kept["ip"], kept["revokedAt"]) == (market.address, None)

    first = refresh(market, raw)
    second = market.post(REFRESH, {}, cookies={"refresh_token": first.cookies["refresh_token"]})
    assert [first.status_code, second.status_code] == [200, 200]
    assert "Max-Age=900;" in second.headers.get_list("set-cookie")[0]
    for dead in (raw, second.cookies["refresh_token"], str(uuid4())):
        answer = refresh(market, dead)
        assert (answer.status_code, answer.json()["error"]) == (
            401,
            "Invalid or expired refresh token",
        )
    assert market.post(REFRESH, {}).json()["error"] == "Missing refresh token"


def test_a_refresh_token_is_raced_for(market: Market) -> None:
    """Of twelve at once one gets through, and what it got is ended by the others."""
    raw = signed_in(market)
    answers = market.together([("POST", REFRESH, {"refreshToken": raw}, {})] * 12)

    assert sorted(each.status_code for each in answers) == [200, *[401] * 11]
    won = next(each for each in answers if each.status_code == 200)
    assert refresh(market, won.cookies["refresh_token"]).status_code == 401


def test_refresh_tokens_end(opens: Callable[..., Market]) -> None:
    """With their time, with another pepper, with the session."""
    market = opens(REFRESH_TOKEN_PEPPER="")
    raw = signed_in(market)
    assert market.sql("SELECT * FROM refresh_tokens")[0]["tokenHash"] == (
        hashlib.sha256(raw.encode()).hexdigest()
    )
    assert (
        opens(REFRESH_TOKEN_PEPPER="another").post(REFRESH, {"refreshToken": raw}).status_code
        == 401
    )
    out = market.ask("POST", "/api/auth/logout", cookies={"refresh_token": raw})
    assert out.json() == {"success": True, "message": "Logged out"}
    assert [each.partition(";")[0] for each in out.headers.get_list("set-cookie")] == [
        'session_token=""',
        'refresh_token=""',
    ]
    assert refresh(market, raw).status_code == 401
    late = signed_in(market)
    market.sql("""UPDATE refresh_tokens SET "expiresAt" = timezone('UTC', now())""")
    assert refresh(market, late).status_code == 401


def test_a_wallet_signs_in_once_a_nonce(market: Market) -> None:
    """The first time makes a user; a nonce shown again, made up or used in vain does not count."""
    first = nonce(market)
    answer = verify(market, first, address="0x" + WALLET[2:].upper())

    assert answer.status_code == 200, answer.text
    user = answer.json()["user"]
    assert (user["walletAddress"], user["userType"]) == (WALLET, "BOTH")
    assert (user["username"], user["email"]) == (f"user_{WALLET[2:8]}", f"{WALLET}@wallet.local")
    assert {"session_token", "refresh_token"} <= set(answer.cookies)
    vain = nonce(market)
    assert verify(market, vain, signature=signed("another")).status_code == 401
    for used in (first, vain, "1", uuid4().hex):
        refused = verify(market, used)
        assert (refused.status_code, refused.json()["error"]) == (
            401,
            "Signature verification failed",
        )
    again = verify(market, nonce(market))
    assert again.json()["user"] == user


def test_a_wallet_proves_what_it_says(market: Market) -> None:
    """The nonce in the message, the address of the cookie, a signature of its own."""
    for changes in (
        {"message": "Sign in", "signature": signed("Sign in")},
        {"cookies": {"siwe_addr": "0x" + "1" * 40}},
        {"address": "0x" + "1" * 40},
        {"signature": "0x"},
    ):
        assert verify(market, nonce(market), **changes).status_code == 401
    assert verify(market, nonce(market), cookies={"siwe_addr": WALLET}).status_code == 200
    assert verify(market, nonce(market), address="").json()["error"] == (
        "Missing address, message or signature"
    )
    assert verify(market, "").json()["error"] == (
        "Missing nonce cookie. Call /api/auth/nonce first."
    )
    assert market.post("/api/auth", {"address": WALLET}).status_code == 404


def test_a_nonce_is_given_out_with_its_cookies(market: Market) -> None:
    """And is not to be kept by anybody in between."""
    answer = market.get(f"/api/auth/nonce?address=0x{WALLET[2:].upper()}")

    assert len(answer.json()["nonce"]) == 32
    assert answer.headers["cache-control"] == "no-store, max-age=0, s-maxage=0"
    cookies = answer.headers.get_list("set-cookie")
    assert cookies[:2] == [
        f"siwe_nonce={answer.json()['nonce']}; HttpOnly; Max-Age=300; Path=/; SameSite=lax",
        f"siwe_addr={WALLET}; HttpOnly; Max-Age=300; Path=/; SameSite=lax",
    ]
    assert cookies[2].partition("; ")[2] == "Max-Age=3600; Path=/; SameSite=lax"
    assert market.get("/api/auth/nonce?address=0x12").json()["error"] == "Invalid address"


def test_a_nonce_ends_with_its_time_also_without_redis(
    opens: Callable[..., Market], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here it is kept in the process."""
    market = opens(REDIS_URL="")
    kept, late = nonce(market), nonce(market)
    assert verify(market, kept).status_code == 200
    assert verify(market, kept).status_code == 401
    monkeypatch.setattr(market.service.nonces, "_here", {late: 0.0})
    assert verify(market, late).status_code == 401


def test_an_admin_s_wallet_stays_an_admin_s(opens: Callable[..., Market]) -> None:
    """At sign-in, and after the token was refreshed; nobody else's is."""
    for listed, status in ((f" 0x{'1' * 40} , 0x{WALLET[2:].upper()}", 200), ("", 403)):
        market = opens(ADMIN_WALLETS=listed)
        answer = verify(market, nonce(market))
        fresh = refresh(market, answer.cookies["refresh_token"])
        for token in (answer.json()["token"], fresh.json()["token"]):
            ping = market.get("/api/admin/ping", cookies={"session_token": token})
            assert ping.status_code == status


def test_a_name_of_a_wallet_may_be_taken(market: Market) -> None:
    """Then it gets another one; its e-mail is nobody else's."""
    market.user(username=f"user_{WALLET[2:8]}")
    user = verify(market, nonce(market)).json()["user"]
    assert user["username"].startswith("user_")
    assert user["username"] != f"user_{WALLET[2:8]}"

    market.sql("DELETE FROM users")
    market.user(email=f"{WALLET}@wallet.local")
    assert verify(market, nonce(market)).status_code == 409


@pytest.mark.parametrize("case", cases("access_token_verify"), ids=lambda case: case["name"])
def test_a_token_opens_the_profile_or_does_not(market: Market, case: dict[str, Any]) -> None:
    """On the wire; what grants nothing is no admin's."""
    user, live = market.user(), case["live"]
    if live["header"]["alg"] == "none" or "edit" in live:
        told = {"Authorization": f"Bearer {case['token']}"}
    else:
        secret = "x" * 36 if live["key"] == "another 36 bytes" else market.environ["JWT_SECRET"]
        claims = {"sub": user} | {
            name: value for name, value in live["claims"].items() if name in ("usr", "scope", "typ")
        }
        told = {"Authorization": f"Bearer {minted(claims, live['claims'].get('exp'), secret)}"}
    expected = case.get("expect", case).get("accepted", case["accepted"])

    answer = market.get("/api/profile", headers=told)

    assert answer.status_code == (200 if expected else 401)
    if not expected:
        assert answer.json()["error"] == "Invalid token"
    assert market.get("/api/admin/ping", headers=told).status_code == 403


def minted(claims: dict[str, Any], exp: str | None, secret: str) -> str:
    """A token of these claims alone; `exp` is told as in the vectors."""
    told = dict(claims)
    if exp is not None:
        told["exp"] = int(time.time()) + int(exp) if exp[0] in "+-" else exp
    return jose.signed_with(secret, told)


def test_both_secrets_open_the_profile_during_a_rotation(opens: Callable[..., Market]) -> None:
    """The old one no longer than it is named; logins are signed by the new one."""
    old, new = "o" * 32, "n" * 32
    market = opens(JWT_SECRET=new, JWT_SECRET_OLD=old)
    user = market.user()

    def status(at: Market, secret: str) -> int:
        token = at.token(user, secret=secret)
        return at.get("/api/profile", headers={"Authorization": f"Bearer {token}"}).status_code

    assert [status(market, secret) for secret in (old, new, "t" * 32)] == [200, 200, 401]
    after = opens(JWT_SECRET=new)
    assert [status(after, secret) for secret in (old, new)] == [401, 200]
    answer = market.post(LOGIN, {"emailOrUsername": f"u-{user}", "password": PASSWORD})
    assert tokens.claims_of(answer.json()["token"], [new], now_seconds=0)


def test_somebody_changes_what_they_say_of_themselves(market: Market) -> None:
    """No figure of their own, no type; what is not told stays."""
    user = market.user("FREELANCER", walletAddress=WALLET)
    own = {"rating": 5, "completedJobs": 9, "totalEarnings": 1, "userType": "CLIENT"}

    answer = market.ask(
        "PUT",
        "/api/profile",
        {"title": " <b> ", "skills": ["a", "a"], "hourlyRate": "12.5", "bio": "'x'", **own},
        who=user,
        headers={"Content-Type": None},
    )
    again = market.ask("PUT", "/api/profile", {"location": "here"}, who=user)

    assert answer.status_code == 200, answer.text
    assert again.json()["user"] == {
        "id": user,
        "username": f"u-{user}",
        "email": f"{user}@market.example",
        "userType": "FREELANCER",
        "walletAddress": WALLET,
        "profile": {
            "firstName": None,
            "lastName": None,
            "title": "&lt;b&gt;",
            "location": "here",
            "companyName": None,
            "avatar": None,
            "skills": ["a"],
            "hourlyRate": 12.5,
            "rating": 0,
            "completedJobs": 0,
            "totalEarnings": 0,
        },
    }
    shown = market.get("/api/profile", user)
    assert shown.json() == again.json()
    cached = market.get("/api/profile", user, headers={"If-None-Match": shown.headers["etag"]})
    assert (cached.status_code, cached.content) == (304, b"")


def test_a_profile_is_refused_to_whom_it_is_not(market: Market) -> None:
    """No token, a scope that is missing, somebody who is gone, another's name."""
    client, freelancer = market.user(), market.user("FREELANCER")

    def put(body: dict[str, object], who: str = "") -> tuple[int, str]:
        answer = market.ask("PUT", "/api/profile", body, who=who)
        return answer.status_code, answer.json()["error"]

    assert put({}) == (401, "No token provided")
    assert put({}, client) == (403, "Forbidden: missing scope write:profile")
    assert put({"username": f"u-{client}"}, freelancer) == (409, "Email or username already taken")
    assert put({"email": "x@wallet.local"}, freelancer)[0] == 409
    assert put({"email": "x", "hourlyRate": -1, "skills": [1]}, freelancer)[0] == 400
    assert market.get("/api/profile", "gone").json()["error"] == "User not found"
    token = market.token("gone", scope=["write:profile"])
    gone = market.ask("PUT", "/api/profile", {}, headers={"Authorization": f"Bearer {token}"})
    assert gone.status_code == 404
