"""
No secret gets out: one is planted wherever a target can hold one.

Checks and programs tell it in every form, and it is looked for in every byte of everything that a
run, a gate, an export and the site leave behind.
"""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import pytest

from proofbook.signing.private import signing_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PEM = "-----BEGIN PRIVATE KEY-----\nY2FuYXJ5LXBlbS1saW5lLW9uZS1pcy1sb25n\nY2FuYXJ5LXBlbS1saW5lLXR3bw==\n-----END PRIVATE KEY-----"
#: Variable → the canary in it, and what the variable holds; each is unlike all others.
PLANTED: Mapping[str, tuple[str, str]] = {
    "CANARY_ENV": ('cn-env-7f3k"&/+é\\end', "{}"),
    "CANARY_ARGUMENT": ("cn-argument-0a1b2c3d", "{}"),
    "CANARY_PEM": ("Y2FuYXJ5LXBlbS1saW5lLW9uZS1pcy1sb25n", PEM),
    "CANARY_HEX": ("c0ffee00c0ffee11c0ffee22c0ffee33", "{}"),
    "CANARY_DSN": ("cn-dsn-pa55w0rd-99", "postgresql://shop:{}@127.0.0.1:1/shop"),
    "CANARY_URL": ("cn-url-pa55w0rd-42", "http://shop:{}@127.0.0.1:1/"),
    "CANARY_QUERY": ("cn-query-t0ken-17", "http://127.0.0.1:1/?token={}"),
    "CANARY_LOGIN": ("cn-login-pass phrase?", "{}"),
    "CANARY_COOKIE": ("cn-cookie-5e551on-id", "{}"),
    "CANARY_HEADER": ("cn-header-b34r3r-t0ken", "Bearer {}"),
    "CANARY_BASIC": ("cn-basic-cr3d3nt1al", "{}"),
}
IN_FILE = "cn-file-with spaces/and=signs"
TARGET = """\
kind = "stand-in"
permits = "disrupts"

[secrets]
env = "env:CANARY_ENV"
argument = "env:CANARY_ARGUMENT"
file = "file:secret.txt"
pem = "env:CANARY_PEM"
hex = "env:CANARY_HEX"
token = "generate:token"
key = "generate:ed25519"

[systems.shop]
sql = "env:CANARY_DSN"
worker_auth = { Authorization = "env:CANARY_HEADER" }
[systems.shop.login]
path = "/login"
owner = { name = "owner", password = "env:CANARY_LOGIN" }
cookies = { session = "env:CANARY_COOKIE" }
[systems.shop.credentials]
api = "env:CANARY_BASIC"
site = "env:CANARY_URL"
hook = "env:CANARY_QUERY"

[systems.shop.talker]
command = ["{python}", "talker.py", "--key={secret.argument}", "{secret.file}"]
cwd = "{root}"
setup = [["{python}", "talker.py", "{secret.argument}"]]
ready = { log = "talking", within = "30 s" }
env = { ENV = "{secret.env}", PEM = "{secret.pem}", HEX = "{secret.hex}", TOKEN = "{secret.token}", KEY = "{secret.key.private_hex}", DSN = "postgresql://u:{secret.file}@h/d" }

[systems.shop.refuser]
command = ["{python}", "talker.py", "--refuse", "{secret.argument}"]
cwd = "{root}"
ready = { log = "never said", within = "30 s" }
env = { ENV = "{secret.env}", PEM = "{secret.pem}", TOKEN = "{secret.token}" }
"""
TALKER = """\
import base64, json, os, sys, time, urllib.parse

def forms(text):
    data = text.encode()
    yield text
    yield base64.b64encode(data).decode()
    yield base64.b64encode(b"x" + data).decode()
    yield base64.urlsafe_b64encode(b"xy" + data).decode()
    yield data.hex()
    yield data.hex().upper()
    yield urllib.parse.quote(text)
    yield urllib.parse.quote_plus(text)
    yield json.dumps(text)
    yield repr(text)

for word in (*sys.argv, *os.environ.values()):
    for form in forms(word):
        print(form, flush=True)
        print("error:", form, file=sys.stderr, flush=True)
if "--refuse" in sys.argv:
    sys.exit("refused with " + os.environ["ENV"])
print("talking", flush=True)
if "--key" in " ".join(sys.argv):
    time.sleep(600)
"""
CHECKS = """\
import logging, os, pathlib, sys
import pytest
from proofbook.effects import disrupts
sys.path.insert(0, str(pathlib.Path(__file__).parents[2]))


@pytest.fixture
@disrupts
def shop(stack):
    with stack.twin("shop") as twin:
        yield twin


@pytest.fixture
@disrupts
def secrets(shop):
    system = shop.system
    told = [*shop.env("talker").values(), shop.resolve(system.sql)]
    told += [shop.resolve(text) for text in system.credentials.values()]
    told += [shop.resolve(text) for text in system.worker_auth.values()]
    told += [shop.resolve(text) for text in system.login.cookies.values()]
    told += [shop.resolve(text) for body in system.login.bodies.values() for text in body.values()]
    told += ["cn-dsn-pa55w0rd-99", "cn-url-pa55w0rd-42", "cn-query-t0ken-17", "cn-header-b34r3r-t0ken"]
    with pathlib.Path(os.environ["SPY"]).open("a") as spy:
        spy.write(shop.env("talker")["TOKEN"] + "\\n" + shop.env("talker")["KEY"] + "\\n")
    return told


def tell(secrets):
    from talker_forms import forms
    for secret in secrets:
        for form in forms(secret):
            print(form)
            print(form, file=sys.stderr)
            logging.getLogger("shop").warning("%s", form)


@pytest.mark.claim("shop.passes")
def test_passes(claim, secrets, attach):
    tell(secrets)
    attach("told.txt", "\\n".join(secrets))
    claim.expect(mode="safe")


@pytest.mark.claim("shop.measures")
def test_measures(claim, secrets):
    claim.expect(mode=" ".join(secrets))


@pytest.mark.claim("shop.fails")
@pytest.mark.parametrize("index", range(4))
def test_fails(claim, secrets, index):
    tell(secrets[index::4])
    secret = secrets[index]
    assert {"answer": secret, "mode": claim["mode"]} == {"answer": "x"}, f"it said {secret!r}"


@pytest.mark.claim("shop.crashes")
def test_crashes(claim, secrets):
    claim["mode"]
    try:
        raise ValueError(repr(secrets))
    except ValueError as error:
        raise RuntimeError(secrets[0]) from error


@pytest.mark.claim("shop.guards")
def test_guards(claim, secrets):
    claim["mode"]
    claim.require(False, "nothing but " + " ".join(secrets))


@pytest.mark.claim("shop.starts")
def test_starts(claim, shop):
    ready = shop.start("talker")
    claim["mode"]
    assert ready.process.output() == "", ready.process.output()


@pytest.mark.claim("shop.refuses")
def test_refuses(claim, shop):
    outcome = shop.start("refuser")
    claim["mode"]
    assert outcome is None, repr(outcome)
"""
CLAIMS = ("passes", "measures", "fails", "crashes", "guards", "starts", "refuses")
PAGE = "---\nowner: A\nescalation: B\n---\n\n# Shop\n\n" + "\n".join(
    f"> **shop.{name}** — It {name} with `mode = safe`.\n" for name in CLAIMS
)
GATES = (
    'schema = 1\n[gates.local]\ntrusts = ["local"]\nrows = [{ select = "shop", on = "local" }]\n'
)
#: Files that hold a secret because somebody put it there: they are the sources, not the artefacts.
SOURCES = ("secret.txt", "spy.txt", ".proofbook/signing.key", "checks/shop/test_shop.py")


def project(root: Path) -> Mapping[str, str]:
    """A project with a canary in every place; the environment that goes with it."""
    texts = {
        "gates.toml": GATES,
        "runbooks/shop/index.md": PAGE,
        "runbooks/index.md": "# All\n\n<!-- proofbook: overview -->\n",
        "targets/local.toml": TARGET,
        "checks/shop/test_shop.py": CHECKS,
        "talker.py": TALKER,
        "talker_forms.py": TALKER.partition("for word")[0],
        "secret.txt": IN_FILE + "\n",
    }
    for path, text in texts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
    planted = {name: held.format(canary) for name, (canary, held) in PLANTED.items()}
    return {**os.environ, **planted, "SPY": str(root / "spy.txt"), "NO_COLOR": "1"}


def forms(secret: str) -> Iterator[bytes]:
    """How a secret can be written; said again here, so that nobody marks his own work."""
    data = secret.encode()
    yield data
    yield data.hex().encode()
    yield data.hex().upper().encode()
    for before in range(3):
        padded = bytes(before) + data
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            # The first and last groups hold what stands beside the secret.
            yield encode(padded)[4 if before else 0 : -4 if len(padded) % 3 else None]
    for quoted in (quote(secret), quote(secret, safe=""), quote_plus(secret)):
        yield quoted.encode()
        yield re.sub("%..", lambda match: match[0].lower(), quoted).encode()
    yield json.dumps(secret)[1:-1].encode()
    yield json.dumps(secret, ensure_ascii=False)[1:-1].encode()
    yield repr(secret)[1:-1].encode()
    if re.fullmatch(r"(?:[0-9a-f]{2})+", secret):
        yield base64.b64encode(bytes.fromhex(secret))[:-4]


def opened(data: bytes) -> Iterator[bytes]:
    """A file's bytes, and what is inside of envelopes in it."""
    yield data
    for payload in re.findall(rb'"payload": ?"([A-Za-z0-9+/=]+)"', data):
        yield base64.b64decode(payload)


def artefacts(root: Path) -> list[Path]:
    """Everything under the project that no person put there with a secret in it."""
    return [
        file
        for file in root.rglob("*")
        if file.is_file()
        and file.relative_to(root).as_posix() not in SOURCES
        and "__pycache__" not in file.parts
    ]


def leaks(where: str, data: bytes, secrets: list[str]) -> list[str]:
    """Which secrets are in some bytes, and in which form."""
    return [
        f"{where} holds {secret[:10]}… as {form[:24]!r}"
        for body in opened(data)
        for secret in secrets
        for form in dict.fromkeys(forms(secret))
        if form in body
    ]


@pytest.mark.slow
def test_no_artefact_holds_a_secret_in_any_form(tmp_path: Path) -> None:
    """Every place, every form, every byte; what was taken out is marked as such."""
    root = tmp_path / "a shop"
    environ = project(root)
    said: dict[str, bytes] = {}
    for words in (
        ("verify", "-n", "2"),
        ("verify", "shop.fails", "--json", "-n", "0", "--", "-rA", "--showlocals", "-vv"),
        ("export",),
        ("gate", "local", "--explain", "--out", "decision"),
        ("site", "build"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "proofbook", *words],
            cwd=root,
            env=environ,
            capture_output=True,
            check=False,
            timeout=300,
        )
        assert done.returncode in (0, 1, 5), done.stderr.decode()
        said[" ".join(words)] = done.stdout + done.stderr
    secrets = [canary for canary, _ in PLANTED.values()] + [IN_FILE]
    secrets += (root / "spy.txt").read_text("utf-8").split()
    secrets.append(signing_key((root / ".proofbook/signing.key").read_text("utf-8")).seed.hex())
    files = {str(file.relative_to(root)): file.read_bytes() for file in artefacts(root)}
    found = [
        leak for name, data in {**files, **said}.items() for leak in leaks(name, data, secrets)
    ]

    assert found == []
    kept = b"".join(data for name, data in files.items() if name.endswith("run.json"))
    assert kept.count(b"[redacted]") > 100
    assert {"reports", "decision", "site"} <= {name.partition("/")[0] for name in files}
    assert any("attachments" in name for name in files)


def test_the_search_finds_what_it_looks_for() -> None:
    """The control: each form of each canary, inside something longer and inside an envelope."""
    for canary, _ in PLANTED.values():
        data = canary.encode()
        for written in (
            canary,
            base64.b64encode(b"Basic u:" + data + b"!").decode(),
            data.hex(),
            quote(canary),
            json.dumps({"it": canary}),
        ):
            text = f"before {written} after".encode()
            assert leaks("x", text, [canary])
            inside = b'{"payload":"' + base64.b64encode(text) + b'"}'
            assert leaks("x", inside, [canary])
