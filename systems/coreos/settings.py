"""What the API is told by its environment, checked before it serves anything."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nacl.signing import SigningKey

from systems.chassis.settings import Reader, integer, one_of
from systems.chassis.store import connection_string

if TYPE_CHECKING:
    from collections.abc import Mapping

HEX_64 = re.compile(r"[0-9a-fA-F]{64}")
SHORTEST_TOKEN = 32
LONGEST_MS = 10**12


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The API's settings; times in the unit of their names."""

    database_url: str
    signing_seed: bytes
    public_key: bytes
    worker_secret: str
    #: Signs sessions; the worker never holds it.
    session_secret: str
    #: Log-in token → uid.
    uids: Mapping[str, str]
    owner: str
    is_bypassed: bool
    node_env: str
    commit_sha: str
    has_dev_mode: bool
    lease_duration_ms: int
    ticket_ttl_seconds: int
    retry_max_delay_ms: int
    worker_auth_tolerance_seconds: int
    worker_id_hold_seconds: int
    heartbeat_lost_seconds: int
    alert_cooldown_seconds: int
    store_timeout_ms: int

    @property
    def is_production(self) -> bool:
        """Whether this is the real thing."""
        return self.node_env == "production"


def read(environ: Mapping[str, str]) -> Settings:
    """The settings of an environment. Raises Misconfigured with every variable that is missing or malformed."""
    reader = Reader(environ)
    node_env = reader.optional("NODE_ENV", str, "development")
    seed = reader.required("ATTESTATION_PRIVATE_KEY", bytes_of_hex)
    public = reader.required("ATTESTATION_PUBLIC_KEY", bytes_of_hex)
    if seed and public and bytes(SigningKey(seed).verify_key) != public:
        reader.refuse("ATTESTATION_PUBLIC_KEY")
    secret = reader.required("JOB_WORKER_HMAC_SECRET", hex_text)
    pem = _firebase(reader)
    mode = reader.optional("NEXT_PUBLIC_AUTH_MODE", one_of("firebase", "bypass"), "firebase")
    if mode == "bypass" and node_env == "production":
        reader.refuse("NEXT_PUBLIC_AUTH_MODE")
    settings = Settings(
        database_url=reader.required("DATABASE_URL", connection_string) or "",
        signing_seed=seed or b"",
        public_key=public or b"",
        worker_secret=secret or "",
        session_secret=pem or "",
        uids=reader.optional("COREOS_LOGIN_TOKENS", login_tokens, {}),
        owner=reader.optional("NEXT_PUBLIC_SUPER_ADMIN_ID", str, ""),
        is_bypassed=mode == "bypass",
        node_env=node_env,
        commit_sha=reader.optional("COMMIT_SHA", str, "dev"),
        has_dev_mode=reader.optional("JOB_WORKER_DEV_MODE", str, "") == "true",
        lease_duration_ms=reader.optional("LEASE_DURATION_MS", integer(1, 3_600_000), 30_000),
        ticket_ttl_seconds=reader.optional("TICKET_TTL_SECONDS", integer(1, LONGEST_MS), 1800),
        retry_max_delay_ms=reader.optional("RETRY_MAX_DELAY_MS", integer(0, LONGEST_MS), 60_000),
        worker_auth_tolerance_seconds=reader.optional(
            "WORKER_AUTH_TOLERANCE_SECONDS", integer(0, LONGEST_MS), 300
        ),
        worker_id_hold_seconds=reader.optional(
            "WORKER_ID_HOLD_SECONDS", integer(0, LONGEST_MS), 15
        ),
        heartbeat_lost_seconds=reader.optional(
            "HEARTBEAT_LOST_SECONDS", integer(1, LONGEST_MS), 60
        ),
        alert_cooldown_seconds=reader.optional(
            "ALERT_COOLDOWN_SECONDS", integer(0, LONGEST_MS), 300
        ),
        store_timeout_ms=reader.optional("STORE_TIMEOUT_MS", integer(50, 600_000), 2000),
    )
    reader.check()
    return settings


def hex_text(text: str) -> str:
    """64 hex digits, kept as they are."""
    if not HEX_64.fullmatch(text):
        raise ValueError("64 hex digits are wanted")
    return text


def bytes_of_hex(text: str) -> bytes:
    """The 32 bytes of 64 hex digits."""
    return bytes.fromhex(hex_text(text))


def e_mail(text: str) -> str:
    """Something with an @."""
    if "@" not in text:
        raise ValueError("an e-mail address is wanted")
    return text


def private_pem(text: str) -> str:
    r"""A PEM that holds a private key; `\n` may stand for a line break."""
    # Only needed once, at start, and slow to load.
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    pem = text.replace("\\n", "\n")
    try:
        load_pem_private_key(pem.encode(), password=None)
    except (TypeError, UnsupportedAlgorithm) as error:
        raise ValueError("a private key without a password is wanted") from error
    return pem


def login_tokens(text: str) -> Mapping[str, str]:
    """`uid:token,uid:token` as token → uid."""
    uids = {}
    for pair in text.split(","):
        uid, _, token = pair.strip().partition(":")
        if not uid or len(token) < SHORTEST_TOKEN:
            raise ValueError("uid:token with a token of at least 32 characters is wanted")
        uids[token] = uid
    return uids


def _firebase(reader: Reader) -> str | None:
    """The three that every implementation must be given; of their use, only the session key is left here."""
    reader.required("FIREBASE_PROJECT_ID", str)
    reader.required("FIREBASE_CLIENT_EMAIL", e_mail)
    return reader.required("FIREBASE_PRIVATE_KEY", private_pem)
