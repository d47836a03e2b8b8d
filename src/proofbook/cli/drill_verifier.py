"""
Verify an archive of restore drills: `python3 verify.py [FOLDER]`.

It needs Python 3.8 or newer and the program `openssl` (1.1.1 or newer), and nothing of those who made the
archive. For each record it checks the signature over it, that the readable copy says the same, and that
what is called a pass is one: every phase passed, every damage was noticed, the copy was destroyed.

Exit code 0: all of it holds. 1: something does not. 2: it could not be found out. Whose the keys are, it
cannot know: compare the fingerprints that it prints with those that were given to you by another way.
"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

#: What comes before the 32 bytes of an Ed25519 public key in DER (RFC 8410).
_DER = bytes.fromhex("302a300506032b6570032100")
_KIND = b"ssh-ed25519"
_KEY_BYTES = 32


class Wrong(Exception):
    """What does not hold."""


def pae(kind: bytes, payload: bytes) -> bytes:
    """What a DSSE signature is over."""
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def fingerprint(blob: bytes) -> str:
    """As ssh-keygen writes it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def keys(folder: Path) -> dict[str, bytes]:
    """Fingerprint to the 32 bytes of the key, of every `.pub` file."""
    found = {}
    for file in sorted(folder.glob("*.pub")):
        blob = base64.b64decode(file.read_text().split()[1])
        if blob[4 : 4 + len(_KIND)] != _KIND:
            raise Wrong(f"{file.name} is no Ed25519 key")
        found[fingerprint(blob)] = blob[-_KEY_BYTES:]
    return found


def is_signed(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether openssl finds the signature right."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        pem = base64.b64encode(_DER + key).decode()
        (place / "key").write_text(f"-----BEGIN PUBLIC KEY-----\n{pem}\n-----END PUBLIC KEY-----\n")
        (place / "message").write_bytes(message)
        (place / "signature").write_bytes(signature)
        argv = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(place / "key"), "-rawin"]
        argv += ["-in", str(place / "message"), "-sigfile", str(place / "signature")]
        ran = subprocess.run(argv, capture_output=True, check=False)
    return ran.returncode == 0


def opened(file: Path, known: dict[str, bytes]) -> tuple[dict[str, Any], list[str]]:
    """The entry of a signed line, and who signed it."""
    lines = file.read_bytes().splitlines()
    if len(lines) != 1:
        raise Wrong(f"{file.name} holds {len(lines)} lines, not one")
    envelope = json.loads(lines[0])
    payload = base64.b64decode(envelope["payload"])
    message = pae(envelope["payloadType"].encode(), payload)
    signers = [
        each["keyid"]
        for each in envelope["signatures"]
        if each["keyid"] in known
        and "sig" in each
        and is_signed(known[each["keyid"]], message, base64.b64decode(each["sig"]))
    ]
    if not signers:
        raise Wrong(f"{file.name}: no signature of a key in this archive is right")
    return json.loads(payload), signers


def check(record: dict[str, Any]) -> str:
    """Why a record is no pass; empty if it is one."""
    bad = [phase["name"] for phase in record["phases"] if phase["verdict"] != "pass"]
    bad += [each["name"] for each in record["controls"] if not (each["done"] and each["caught_by"])]
    if not record["phases"] or not record["controls"]:
        return "nothing was done"
    if record["phases"][-1]["name"] != "destroy":
        return "nothing says that the copy was destroyed"
    return ", ".join(bad)


def seconds(found: float | None) -> str:
    """A time, or that nobody knows it."""
    return "not known" if found is None else f"{found:.1f} s"


def told(record: dict[str, Any], signers: list[str], why: str) -> str:
    """A record in a few lines."""
    took, lost = record["rto_seconds"], record["rpo_seconds"]
    lines = [
        f"{record['system']}.{record['backup']} at {record['target']} ({record['kind']}), run {record['id']}",
        f"  by {record['operator']}, {record['started']} to {record['finished']}",
        f"  backup {record['artefact']} of {record['taken']}, SHA-256 {record['sha256'] or 'not known'}",
        f"  key {record['key_id'] or 'none: it is not encrypted'}",
        f"  RPO {seconds(lost)}, RTO {seconds(took)}, {record['rows']} rows in {record['tables']} tables",
        *(f"  {p['name']:28} {p['verdict']:10} {p['seconds']:8.2f} s" for p in record["phases"]),
        *(f"  control {c['name']:34} {c['caught_by'] or 'NOT CAUGHT'}" for c in record["controls"]),
        f"  signed by {', '.join(signers)}",
        f"  NO PASS: {why}" if why else f"  pass; the next one is due by {record['due']}",
    ]
    return "\n".join(lines)


def compare(file: Path, record: dict[str, Any]) -> None:
    """Raise `Wrong` if the readable copy of a record says something else than was signed."""
    if json.loads(file.read_text(encoding="utf-8")) != record:
        raise Wrong(f"records/{file.name} does not say what was signed")


def main(arguments: list[str]) -> int:
    """Verify every record of the folder; the exit code."""
    folder = Path(arguments[0]) if arguments else Path(__file__).parent
    failed = False
    try:
        known = keys(folder / "keys")
        files = sorted((folder / "log").glob("*.jsonl"))
        for file in files:
            entry, signers = opened(file, known)
            record = entry["body"]
            name = f"{file.stem}.json"
            compare(folder / "records" / name, record)
            why = check(record)
            failed = failed or bool(why)
            sys.stdout.write(told(record, signers, why) + "\n")
    except Wrong as wrong:
        sys.stdout.write(f"WRONG: {wrong}\n")
        return 1
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        sys.stdout.write(f"cannot be verified: {type(error).__name__}: {error}\n")
        return 2
    if not files:
        sys.stdout.write("there is no record here\n")
        return 2
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
