"""Jobs: what is posted is what is kept; states move along their arrows; applications and drafts are for whom they concern."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.systems.marketplace.contract import cases
from tests.systems.marketplace.markets import JOB, LETTER

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.systems.marketplace.markets import Market


def told(answer: httpx.Response) -> tuple[int, str]:
    """Status and error of a refusal."""
    return answer.status_code, answer.json()["error"]


def in_state(market: Market, client: str, status: str) -> str:
    """A job in a state."""
    job = market.job(client)
    market.sql('UPDATE jobs SET status = %s::"JobStatus" WHERE id = %s', status, job)
    return job


@pytest.mark.parametrize("case", cases("job_schema"), ids=lambda case: str(case["in"])[-60:])
def test_a_job_says_what_it_must(market: Market, case: dict[str, Any]) -> None:
    """What is kept is what the contract reads; what is wrong is named, and nothing else."""
    expected = case.get("expect", case)
    answer = market.post("/api/jobs", case["in"], market.user())

    if expected["ok"]:
        kept = market.sql("SELECT * FROM jobs")[0]
        assert case["out"].items() >= {name: kept[name] for name in JOB if name in kept}.items()
        return
    fields = expected.get("fieldErrors") or list(expected["errors"]["fieldErrors"])
    assert told(answer) == (400, "Invalid payload")
    assert answer.json()["details"]["fieldErrors"].keys() == {*fields}


@pytest.mark.parametrize("amount", [0, -5, "", "abc", "1e999", "NaN", True, [], {}])
def test_a_budget_is_a_number_above_nothing(market: Market, amount: object) -> None:
    """Or its text."""
    answer = market.post("/api/jobs", JOB | {"budgetAmount": amount}, market.user())
    assert list(answer.json()["details"]["fieldErrors"]) == ["budgetAmount"]


def test_a_posted_job_has_all_its_columns(market: Market) -> None:
    """And its client's figures, but nothing that is their own business."""
    user = market.user()
    told_ = JOB | {"deadline": "2030-01-01T01:00:00+01:00", "useBlockchain": True}
    job = market.post("/api/jobs", told_ | {"requirements": ["<x>"], "clientId": "x"}, user).json()

    assert job["message"] == "Job created successfully"
    columns = market.sql("SELECT * FROM jobs")[0].keys()
    assert job["job"].keys() == {*columns, "client"}
    assert job["job"]["client"] == {
        "id": user,
        "username": f"u-{user}",
        "profile": {"rating": 0, "completedJobs": 0},
    }
    assert (
        job["job"]
        | {
            "deadline": "2030-01-01T00:00:00.000Z",
            "requirements": ["&lt;x&gt;"],
            "escrowPending": True,
            "status": "OPEN",
        }
        == job["job"]
    )


def test_whoever_may_not_post_hears_why(opens: Callable[..., Market]) -> None:
    """The limit first, then the token, its scope, the body, the flag."""
    market = opens(RATE_LIMITS='{"job_create": "3/300"}', FEATURE_FLAGS='{"escrow": false}')
    client, freelancer = market.user(), market.user("FREELANCER")

    assert told(market.post("/api/jobs", JOB)) == (401, "No token provided")
    assert told(market.post("/api/jobs", JOB, freelancer)) == (
        403,
        "Forbidden: missing scope write:jobs",
    )
    assert told(market.post("/api/jobs", JOB | {"useBlockchain": True}, client)) == (
        400,
        "Escrow disabled",
    )
    assert told(market.post("/api/jobs", JOB, client)) == (
        429,
        "Rate limit exceeded. Please try again later.",
    )
    token = market.token("gone", scope=["write:jobs"])
    gone = market.post("/api/jobs", JOB, cookies={"session_token": token}, address="x")
    assert told(gone) == (404, "User not found")
    bad = market.post("/api/jobs", JOB, client, cookies={"session_token": "bad"}, address="x")
    assert told(bad) == (401, "Invalid token")


@pytest.mark.parametrize("status", ["OPEN", "IN_PROGRESS", "COMPLETED", "CANCELLED"])
def test_a_job_moves_along_its_arrows(market: Market, status: str) -> None:
    """A client opens and cancels, and takes away what nobody works on."""
    client = market.user()
    arrows = {("OPEN", "CANCELLED"), ("CANCELLED", "OPEN")}
    for wanted in ("OPEN", "CANCELLED"):
        job = in_state(market, client, status)
        answer = market.patch(f"/api/jobs/{job}", {"status": wanted}, client)
        if (status, wanted) in arrows:
            assert answer.json()["job"]["status"] == wanted
        else:
            assert told(answer) == (409, "Invalid status transition")
    answer = market.patch(f"/api/jobs/{job}", {"status": "COMPLETED"}, client)
    assert list(answer.json()["details"]["fieldErrors"]) == ["status"]
    dropped = market.ask("DELETE", f"/api/jobs/{in_state(market, client, status)}", who=client)
    assert dropped.status_code == (200 if status in ("OPEN", "CANCELLED") else 400)


def test_a_job_is_its_client_s(market: Market) -> None:
    """Nobody else changes it or takes it away; what is not told stays as it is."""
    client, other = market.user(), market.user()
    path = f"/api/jobs/{market.job(client)}"
    before = market.get(path).json()["job"]

    for refused in (
        market.patch(path, {"title": "another"}, other),
        market.ask("DELETE", path, who=other),
    ):
        assert told(refused) == (404, "Job not found or access denied")
    assert market.patch(path, {"title": "another"}, client).status_code == 200
    assert market.get(path).json()["job"] == before | {"title": "another"}
    assert told(market.get(f"/api/jobs/{uuid4()}")) == (404, "Job not found")


def test_turning_the_escrow_on_starts_it(market: Market) -> None:
    """Turning it off ends its wait; once it is deployed nothing of it changes."""
    client = market.user()
    path = f"/api/jobs/{(job := market.job(client))}"

    def flags(use: object) -> list[object]:
        answer = market.patch(path, {"useBlockchain": use == "on"}, client).json()["job"]
        names = ("useBlockchain", "escrowPending", "escrowDeployed", "escrowPendingSince")
        return [*(answer[name] for name in names[:3]), answer[names[3]] is not None]

    assert flags("on") == [True, True, False, True]
    assert flags("off") == [False, False, False, False]
    market.sql(
        """UPDATE jobs SET "useBlockchain" = true, "escrowDeployed" = true WHERE id = %s""", job
    )
    assert flags("off") == [True, False, True, False]


def test_somebody_applies_once(market: Market) -> None:
    """To an open job of somebody else's; by the former path a second one is another error."""
    client, freelancer, other = market.user(), market.user("FREELANCER"), market.user("FREELANCER")
    job = market.job(client)
    path = f"/api/jobs/{job}/apply"
    racing = market.together([("POST", path, LETTER, {"who": freelancer, "address": "x"})] * 12)

    assert sorted(each.status_code for each in racing) == [200, *[409] * 11]
    assert len(market.sql("SELECT * FROM applications")) == 1
    assert told(market.post(path, LETTER, freelancer)) == (409, "Already applied")
    assert told(market.post(f"/api/jobs/{job}", LETTER, freelancer)) == (400, "Already applied")
    assert market.post(f"/api/jobs/{job}", LETTER, other).status_code == 200
    both = market.user("BOTH")
    own = market.job(both)
    assert told(market.post(f"/api/jobs/{own}/apply", LETTER, both)) == (
        400,
        "Cannot apply to own job",
    )
    assert told(market.post(f"/api/jobs/{uuid4()}/apply", LETTER, other)) == (404, "Job not found")
    market.sql("UPDATE jobs SET status = 'IN_PROGRESS'")
    assert told(market.post(f"/api/jobs/{own}/apply", LETTER, other)) == (
        400,
        "Job not open for applications",
    )


def test_an_application_says_what_it_must(market: Market) -> None:
    """Its rate is the budget unless told; its portfolio an address."""
    client, freelancer = market.user(), market.user("FREELANCER")
    path = f"/api/jobs/{market.job(client)}/apply"
    wrong = {
        "coverLetter": "abcd",
        "estimatedDuration": "x" * 101,
        "proposedRate": 0,
        "portfolio": "javascript:alert(1)",
    }

    assert market.post(path, wrong, freelancer).json()["details"]["fieldErrors"].keys() == {*wrong}
    body = {"coverLetter": "<letter>", "estimatedDuration": "1 d", "portfolio": ""}
    made = market.post(path, body, freelancer).json()["application"]
    assert (made["coverLetter"], made["proposedRate"]) == ("&lt;letter&gt;", JOB["budgetAmount"])
    changed = market.patch(
        path, {"proposedRate": "60", "portfolio": "https://x.example/?a=1&b=2"}, freelancer
    )
    assert (
        changed.json()["application"]
        | {
            "proposedRate": 60,
            "coverLetter": "&lt;letter&gt;",
            "portfolio": "https://x.example/?a=1&b=2",
        }
        == changed.json()["application"]
    )
    assert market.ask("DELETE", path, who=freelancer).status_code == 200
    for gone in (market.ask("DELETE", path, who=freelancer), market.patch(path, {}, freelancer)):
        assert told(gone) == (404, "Application not found")


def test_an_application_is_accepted_once(market: Market) -> None:
    """Of two that are accepted at once one is; then work begins, and nobody takes anything back."""
    client, one, two = market.user(), market.user("FREELANCER"), market.user("FREELANCER")
    job = market.job(client)
    ids = [market.applied(job, who) for who in (one, two)]
    paths = [f"/api/jobs/{job}/applications/{each}" for each in ids]
    for who in (one, two):
        refused = market.patch(paths[0], {"action": "accept"}, who)
        assert told(refused) == (404, "Application not found")
    assert market.patch(paths[0], {"action": "x"}, client).status_code == 400

    asked = [("PATCH", path, {"action": "accept"}, {"who": client}) for path in paths * 6]
    answers = market.together(asked)

    assert sorted(each.status_code for each in answers) == [200, *[409] * 11]
    statuses = [row["status"] for row in market.sql("SELECT status FROM applications ORDER BY 1")]
    assert statuses == ["ACCEPTED", "REJECTED"]
    assert market.get(f"/api/jobs/{job}").json()["job"]["status"] == "IN_PROGRESS"
    assert told(market.patch(paths[1], {"action": "reject"}, client)) == (
        409,
        "Application not pending",
    )
    assert told(market.ask("DELETE", f"/api/jobs/{job}/apply", who=one)) == (
        409,
        "Application not pending",
    )


def test_an_application_is_read_by_both_sides_alone(market: Market) -> None:
    """On its own page and on the job's."""
    client, freelancer, other = market.user(), market.user("FREELANCER"), market.user("FREELANCER")
    job = market.job(client)
    path = f"/api/jobs/{job}/applications/{market.applied(job, freelancer)}"

    for who in (client, freelancer):
        assert market.get(path, who).json()["application"]["coverLetter"] == LETTER["coverLetter"]
    assert told(market.get(path, other)) == (404, "Application not found")
    assert told(market.get(path)) == (401, "Authentication required")
    assert told(market.get(path, headers={"Authorization": "Bearer x"})) == (
        401,
        "Authentication required",
    )
    seen = {
        who: market.get(f"/api/jobs/{job}", who).json()["job"] for who in (client, freelancer, "")
    }
    assert [len(seen[who]["applications"]) for who in (client, freelancer, "")] == [1, 0, 0]
    assert {each["_count"]["applications"] for each in seen.values()} == {1}
    assert (
        market.patch(path, {"action": "reject"}, client).json()["message"] == "Application rejected"
    )


def test_a_draft_is_its_client_s_alone(market: Market) -> None:
    """Another neither sees nor overwrites it, by no path."""
    client, other = market.user(), market.user()
    made = market.post("/api/job-drafts", {"data": {"a": 1}}, client).json()["draft"]
    path = f"/api/job-drafts/{made['id']}"

    assert (made["data"], made["published"], made["clientId"]) == ({"a": 1}, False, client)
    for refused in (
        market.get(path, other),
        market.ask("PUT", path, {"data": {}}, who=other),
        market.ask("DELETE", path, who=other),
        market.post("/api/job-drafts", {"id": made["id"], "data": {}}, other),
        market.post(f"{path}/publish", {}, other),
    ):
        assert told(refused) == (404, "Not found")
    assert market.get("/api/job-drafts", other).json()["drafts"] == []
    assert market.get(path, client).json()["draft"] == made
    put = market.post("/api/job-drafts", {"id": made["id"], "data": {"b": 2}}, client)
    assert put.json()["draft"]["data"] == {"b": 2}
    listed = market.get("/api/job-drafts?limit=0", client).json()
    assert listed["pagination"] == {"page": 1, "limit": 1, "total": 1}
    assert market.ask("DELETE", path, who=client).status_code == 200


@pytest.mark.parametrize("data", [None, [], "x", {"a": "\ud800"}, b'{"data":{"a":1e999}}'])
def test_a_draft_holds_what_the_database_can(market: Market, data: object) -> None:
    """An object of whole characters and finite numbers."""
    body = data if isinstance(data, bytes) else {"data": data}
    assert told(market.ask("POST", "/api/job-drafts", body, who=market.user())) == (
        400,
        "Invalid payload",
    )


def test_a_draft_becomes_one_job(market: Market) -> None:
    """However often it is published, at once or again; and only if it says all that a job must."""
    client = market.user()
    bad = market.post("/api/job-drafts", {"data": JOB | {"title": "x"}}, client).json()["draft"]
    refused = market.post(f"/api/job-drafts/{bad['id']}/publish", {}, client)
    assert told(refused) == (400, "Draft validation failed")
    assert market.get(f"/api/job-drafts/{bad['id']}", client).json()["draft"] == bad

    good = market.post("/api/job-drafts", {"data": JOB}, client).json()["draft"]["id"]
    answers = market.together(
        [("POST", f"/api/job-drafts/{good}/publish", {}, {"who": client})] * 12
    )

    assert sorted(each.status_code for each in answers) == [200, *[400] * 11]
    assert {each.json().get("error") for each in answers} == {None, "Already published"}
    assert [row["title"] for row in market.sql("SELECT * FROM jobs")] == [JOB["title"]]
    market.post("/api/job-drafts", {"id": good, "data": JOB, "published": False}, client)
    assert told(market.post(f"/api/job-drafts/{good}/publish", {}, client)) == (
        400,
        "Already published",
    )


def test_a_flag_that_is_off_takes_its_paths_away(opens: Callable[..., Market]) -> None:
    """Before anybody is asked who they are."""
    market = opens(FEATURE_FLAGS='{"drafts": false, "legacy_apply": false}')
    for answer in (
        market.get("/api/job-drafts"),
        market.post("/api/jobs/x"),
        market.post("/api/job-drafts/x/publish"),
    ):
        assert told(answer) == (404, "Feature disabled")
    assert market.get("/api/admin/flags", "root").json()["flags"] == {
        "drafts": False,
        "legacy_apply": False,
        "escrow": True,
    }
