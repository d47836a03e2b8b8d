"""Rows as replies show them: no password, nobody else's e-mail."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from systems.chassis import instants

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from systems.chassis.store import Row

    Shown = dict[str, object]

PREVIEW = 160
BASIC_JOB_SKILLS, BASIC_FREELANCER_SKILLS = 6, 5
FACE = "/default-avatar.png"
JOB_COLUMNS = (
    "id",
    "title",
    "description",
    "clientId",
    "budgetAmount",
    "budgetType",
    "currency",
    "duration",
    "deadline",
    "skills",
    "requirements",
    "status",
    "createdAt",
    "updatedAt",
    "useBlockchain",
    "escrowPending",
    "escrowDeployed",
    "escrowDeploymentAttempts",
    "escrowOnChainId",
    "escrowRollbackRequested",
    "escrowRollbackReason",
    "escrowCancelledAt",
    "escrowPendingSince",
)
LISTED_COLUMNS = (
    "id",
    "title",
    "description",
    "budgetAmount",
    "budgetType",
    "currency",
    "duration",
    "skills",
    "status",
    "createdAt",
    "deadline",
    "useBlockchain",
    "escrowDeployed",
    "escrowPending",
    "escrowDeploymentAttempts",
    "escrowOnChainId",
)
APPLICATION_COLUMNS = (
    "id",
    "jobId",
    "freelancerId",
    "coverLetter",
    "proposedRate",
    "estimatedDuration",
    "portfolio",
    "status",
    "appliedAt",
    "updatedAt",
)
DRAFT_COLUMNS = ("id", "clientId", "data", "published", "createdAt", "updatedAt")
PROFILE_COLUMNS = (
    "firstName",
    "lastName",
    "title",
    "location",
    "companyName",
    "avatar",
    "skills",
    "hourlyRate",
    "rating",
    "completedJobs",
    "totalEarnings",
)


def columns(row: Row, names: Sequence[str]) -> Shown:
    """These columns of a row, instants as text: the database keeps them in UTC, without saying so."""
    told = {name: getattr(row, name) for name in names}
    return {
        name: instants.text(value.replace(tzinfo=UTC)) if isinstance(value, datetime) else value
        for name, value in told.items()
    }


def user(row: Row, profile: Sequence[str] = ("avatar", "rating", "completedJobs")) -> Shown:
    """Somebody, for themselves."""
    return {
        **columns(row, ("id", "username", "email", "userType", "walletAddress")),
        "profile": columns(row, profile),
    }


def job(row: Row) -> Shown:
    """A job with all its columns, for its client."""
    return {**columns(row, JOB_COLUMNS), "client": _client(row)}


def listed_job(row: Row) -> Shown:
    """A job, for everybody."""
    return {
        **columns(row, LISTED_COLUMNS),
        "client": _client(row),
        "_count": {"applications": row.applications},
    }


def basic_job(row: Row) -> Shown:
    """A job in few words."""
    names = ("id", "title", "budgetAmount", "budgetType", "currency", "createdAt")
    return {
        **columns(row, names),
        "skills": (row.skills or [])[:BASIC_JOB_SKILLS],
        "client": {"id": row.clientId, "username": row.username, "rating": row.rating},
        "applications": row.applications,
        "descriptionPreview": row.description[:PREVIEW],
    }


def whole_job(row: Row, applications: Sequence[Row]) -> Shown:
    """A job on its own page, with the applications that the reader may see."""
    return {
        **listed_job(row),
        "requirements": row.requirements or [],
        "client": {**_client(row), "walletAddress": row.walletAddress},
        "applications": [applied(each) for each in applications],
    }


def applied(row: Row) -> Shown:
    """An application, with who applied."""
    hidden = ("jobId", "freelancerId", "updatedAt")
    return {
        **columns(row, [name for name in APPLICATION_COLUMNS if name not in hidden]),
        "freelancer": {"id": row.freelancerId, "username": row.username},
    }


def freelancer(row: Row) -> Shown:
    """A freelancer, for everybody."""
    return {
        **columns(row, ("id", "username", "createdAt", "updatedAt", "hourlyRate", "experience")),
        "walletAddress": row.walletAddress or "",
        "isFreelancer": True,
        "isClient": row.userType == "BOTH",
        "reputation": row.rating or 0,
        "completedJobs": row.completedJobs or 0,
        "skills": row.skills or [],
        "title": row.title or "Freelancer",
        "description": row.bio or "",
        "portfolio": [],
        "availability": "available",
        "languages": [],
        "certifications": [],
        "profilePicture": row.avatar or FACE,
    }


def basic_freelancer(row: Row) -> Shown:
    """A freelancer in few words."""
    shown = freelancer(row)
    names = ("id", "username", "title", "reputation", "hourlyRate", "profilePicture")
    return {
        **{name: shown[name] for name in names},
        "skills": (row.skills or [])[:BASIC_FREELANCER_SKILLS],
    }


def pagination(page: int, limit: int, total: int) -> Mapping[str, object]:
    """Where a page stands among all."""
    pages = -(-total // limit)
    return {
        "currentPage": page,
        "totalPages": pages,
        "totalCount": total,
        "hasNextPage": page < pages,
        "hasPrevPage": page > 1,
    }


def _client(row: Row) -> Shown:
    return {
        "id": row.clientId,
        "username": row.username,
        "profile": {"rating": row.rating, "completedJobs": row.completedJobs},
    }
