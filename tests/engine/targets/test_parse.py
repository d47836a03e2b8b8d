"""A target file becomes a value, or all that is wrong with it at once."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofbook.effects import Effect
from proofbook.errors import TargetError
from proofbook.targets import (
    Identity,
    Limits,
    Login,
    Overlay,
    Process,
    Reading,
    Ready,
    Service,
    StopWhen,
    parse,
)
from proofbook.targets.readings import STILL_RUNNING

if TYPE_CHECKING:
    from collections.abc import Callable

    from proofbook.targets import Target

SAMPLES = Path(__file__).with_name("samples")


def sample(name: str) -> Target:
    """The target of a sample file."""
    return parse((SAMPLES / name).read_text(encoding="utf-8"), f"targets/{name}")


def problems(text: str, **more: dict[str, str]) -> list[str]:
    """What is wrong with a text, line by line."""
    with pytest.raises(TargetError) as caught:
        parse(text, "targets/x.toml", **more)
    return [str(problem) for problem in caught.value.problems]


def test_the_designs_own_sample_is_a_target() -> None:
    """What the design shows is read as it says, and left as it is written."""
    target = sample("design.toml")

    assert (target.name, target.kind, target.permits) == ("design", "stand-in", Effect.DISRUPTS)
    assert target.services == {"store": Service(role="store", provided="postgres")}
    assert target.secrets == {"ticket": "generate:ed25519"}
    assert target.systems["coreos"].processes["api"] == Process(
        name="api",
        command=("{python}", "-m", "systems.coreos.api"),
        cwd="{root}",
        setup=(("{python}", "-m", "systems.coreos.migrate"),),
        env={"PORT": "{port}", "DATABASE_URL": "{store.url}"},
        ready=Ready(http="/api/worker/health", within=timedelta(seconds=20)),
        releases={"previous": Overlay()},
        faults={"no-fencing": Overlay(breaks=("coreos.zombie-refused",))},
    )
    assert target.systems["coreos"].processes["worker"] == Process(
        name="worker",
        env={"WORKER_ID": "{instance}", "COREOS_API_URL": "{coreos.api.url}"},
        ready=STILL_RUNNING,
    )


def test_a_file_that_says_only_its_kind_may_only_be_looked_at() -> None:
    """Nothing is permitted, limited or provided unless the file says so."""
    target = parse('kind = "deployment"', "targets/bare.toml")

    assert (target.allowed, target.protected) == (Effect.OBSERVES, False)
    assert (target.limits, target.identity, target.systems) == (Limits(), None, {})


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (
            'provided = "redis"\ndatabase = "shop"',
            '"shop" is not a plain name, for a provided postgres.',
        ),
        (
            'provided = "postgres"\ndatabase = "my shop"',
            '"my shop" is not a plain name, for a provided postgres.',
        ),
        (
            'url = "env:DATABASE_URL"\ndatabase = "shop"',
            'goes with provided = "postgres"; elsewhere the address names it.',
        ),
    ],
)
def test_only_a_provided_database_is_given_a_name(said: str, problem: str) -> None:
    """An address names its database itself; a Redis has none."""
    text = f'kind = "twin"\n[services.store]\n{said}\n'

    assert problems(text) == [f"targets/x.toml:4: services.store.database: {problem}"]


def test_only_an_address_has_databases_made_beside_it() -> None:
    """What is provided or started is a twin's own already."""
    provided = 'kind = "twin"\n[services.store]\nprovided = "postgres"\nfresh = true\n'
    started = 'kind = "twin"\n[services.store]\ncommand = ["pg"]\nfresh = true\n'
    addressed = 'kind = "twin"\n[services.store]\nurl = "env:DATABASE_URL"\nfresh = true\n'

    assert problems(provided) == [
        "targets/x.toml:4: services.store.fresh: goes with a command; what is provided is started by us."
    ]
    assert problems(started) == [
        (
            "targets/x.toml:4: services.store.fresh: goes with an address alone: "
            "what is started here is a twin's own."
        )
    ]
    assert parse(addressed, "targets/x.toml").services["store"].fresh


def test_services_are_provided_addressed_or_started() -> None:
    """A program's own address stands beside its command; one setup command needs no second list."""
    services = sample("elsewhere.toml").services

    assert services["cache"] == Service(role="cache", provided="redis")
    assert services["mail"] == Service(role="mail", url="env:MAIL_URL")
    assert services["store"] == Service(
        role="store",
        url="postgres://app@127.0.0.1:{port}/app",
        process=Process(
            name="store",
            command=("postgres", "-p", "{port}", "-D", "data"),
            cwd="/srv/pg",
            setup=(("initdb", "-D", "data"),),
            env={"TZ": "UTC"},
            ready=Ready(log="ready to accept connections", within=timedelta(seconds=20)),
        ),
    )


def test_a_process_is_told_what_its_system_is_told_unless_it_says_otherwise() -> None:
    """Numbers and truths become text as a program reads them; a process's own word wins."""
    system = sample("elsewhere.toml").systems["coreos"]

    assert system.processes["worker"].env == {
        "TZ": "UTC",
        "POLL": "0.5",
        "RETRIES": "3",
        "DEBUG": "false",
        "EMPTY": "",
    }
    assert system.processes["api"].env["TZ"] == "Europe/Vienna"
    assert system.commands["build"].env["CI"] == "true"


def test_a_process_carries_its_overlays_its_control_and_its_release() -> None:
    """Overlays hold the keys that differ and nothing else."""
    system = sample("elsewhere.toml").systems["coreos"]
    api = system.processes["api"]

    assert api.environments == {"production": Overlay(env={"NODE_ENV": "production"})}
    assert api.releases == {"previous": Overlay(command=("node", "old/server.js"), cwd="/srv/old")}
    assert api.faults == {
        "no-index": Overlay(
            sql=("DROP INDEX job_queue_next",),
            files={"env_template": "broken.sample"},
            breaks=("coreos.claimed-once",),
            unaffected=("coreos.health-says-ok",),
        )
    }
    assert api.release == Reading(http="/api/worker/health", field="commitSha")
    assert system.processes["worker"].control == {
        "stop": ("systemctl", "stop", "worker"),
        "logs": ("journalctl", "-u", "worker"),
    }


def test_a_system_says_who_logs_in_and_what_is_called_otherwise() -> None:
    """Login, credentials, names, logs and commands are read as the contract lists them."""
    system = sample("elsewhere.toml").systems["coreos"]

    assert (system.store, system.sql) == ("store", "{store.url}")
    assert system.login == Login(
        path="/api/auth/session",
        bodies={"owner": {"idToken": "{secret.owner}"}, "other": {"idToken": "{secret.other}"}},
    )
    assert system.worker_auth == {"X-Worker-Key": "{secret.hmac}"}
    assert system.credentials == {
        "operator": "env:OPERATOR_TOKEN",
        "admin.user": "env:ADMIN",
        "admin.password": "env:ADMIN_PASSWORD",
    }
    assert system.absent == {"FIREBASE_PRIVATE_KEY", "NODE_ENV"}
    assert system.names.paths == {"/api/jobs/{id}": "/v2/jobs/{id}"}
    assert system.logs == {"claimed": r"claimed job \S{36}"}
    assert system.faults_from == ("./faults",)
    assert set(system.commands) == {"smoke", "build"}
    assert system.backups["nightly"].is_production


def test_what_runs_already_is_not_ours() -> None:
    """A program is, and so is what is not there at all."""
    text = '[systems.a.api]\nurl = "http://a.example"\n[systems.a.worker]\ncommand = ["w"]\n'
    system = parse(f'kind = "deployment"\n{text}', "targets/x.toml").systems["a"]

    assert [system.is_ours(name) for name in ("api", "worker", "web")] == [False, True, True]


def test_a_path_to_be_read_belongs_to_the_one_process_that_can_be_meant() -> None:
    """A component that is a process lends its address to the path."""
    release = sample("elsewhere.toml").release

    assert release["api"] == Reading(http="{coreos.api.url}/api/worker/health", field="commitSha")


def test_quantities_are_numbers_in_base_units() -> None:
    """Rates, seconds, scales and ends of load are read with their units."""
    target = sample("elsewhere.toml")

    assert target.limits == Limits(rate=200.0, seconds=60.0, connections=40)
    assert target.stop_when == StopWhen(measured="p95", op=">", value=2.0)
    assert target.scale == {
        "*": {"workers": 4},
        "coreos.claimed-once": {"jobs": 50, "lease": timedelta(seconds=2)},
    }


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ('postgres = "env:DSN"\nequals = 7301', Reading(postgres="env:DSN")),
        (
            'http = "https://a.example/health"\nfield = "env"\nequals = "7301"',
            Reading(http="https://a.example/health", field="env"),
        ),
        ('command = ["kubectl", "get"]\nequals = "7301"', Reading(command=("kubectl", "get"))),
        ('file = "/etc/machine-id"\nequals = "7301"', Reading(file="/etc/machine-id")),
    ],
)
def test_identity_is_one_reading_and_what_it_equals(text: str, means: Reading) -> None:
    """A health field, PostgreSQL's own identifier, a cluster's uid or a file."""
    target = parse(f'kind = "deployment"\n[identity]\n{text}', "targets/x.toml")

    assert target.identity == Identity(reading=means, equals="7301")


def test_load_may_stop_at_a_number_that_the_deployment_shows() -> None:
    """A reading with `above` or `below` ends load, too."""
    text = 'kind = "twin"\nstop_when = { http = "http://h/m", field = "errors", above = "5 %" }'

    assert parse(text, "x.toml").stop_when == StopWhen(
        measured=Reading(http="http://h/m", field="errors"), op=">", value=0.05
    )


def test_an_id_without_quotes_scales_the_same_claim() -> None:
    """TOML takes `coreos.claimed-once` for two tables; the claim is meant."""
    text = 'kind = "twin"\n[scale]\ncoreos.claimed-once = { jobs = 5 }\n"*".rows = 2.5'

    assert parse(text, "x.toml").scale == {"coreos.claimed-once": {"jobs": 5}, "*": {"rows": 2.5}}


def test_cookies_stand_for_a_login_that_needs_a_person() -> None:
    """Cookies by role are taken without a path."""
    text = """
kind = "deployment"
[systems.coreos]
login.cookies = { owner = "env:OWNER_COOKIE", other = "file:secrets/other" }
worker_auth = {}
"""
    system = parse(text, "x.toml").systems["coreos"]

    assert system.login == Login(
        cookies={"owner": "env:OWNER_COOKIE", "other": "file:secrets/other"}
    )
    assert system.worker_auth == {}


@pytest.mark.parametrize(
    ("text", "line", "is_ready"),
    [
        ("[Worker] ready?", "12:00 [Worker] ready?", True),
        ("[Worker] ready?", "k read", True),
        ("^ready$", "ready", True),
        ("^ready$", "already", False),
        (r"job=\\S+", "job=1", True),
        (r"job=\\S+", r"job=\S+", True),
        ("(?i)Up|on", "UP", True),
    ],
)
def test_a_line_is_named_by_a_pattern_or_by_its_text(text: str, line: str, is_ready: bool) -> None:  # noqa: FBT001 - a case
    """Brackets in a log line are read as a pattern, and as they stand."""
    found = parse(f'kind = "twin"\n[systems.x.y]\nready.log = "{text}"', "x.toml")

    ready = found.systems["x"].processes["y"].ready
    assert ready
    assert bool(re.search(ready.log or "", line)) is is_ready


def test_what_says_nothing_of_its_start_is_ready_while_it_runs() -> None:
    """A program of ours still runs after a second; of an address nothing is assumed."""
    text = """
kind = "twin"
[services.store]
command = ["store"]
[services.other]
url = "redis://h"
control = { stop = ["stop"] }
[systems.x.here]
command = ["here"]
[systems.x.there]
url = "http://there.example/"
"""
    target = parse(text, "x.toml")
    store, other = (target.services[role].process for role in ("store", "other"))

    assert store
    assert store.ready == STILL_RUNNING
    assert other
    assert (other.ready, other.control) == (None, {"stop": ("stop",)})
    assert target.systems["x"].processes["here"].ready == STILL_RUNNING
    assert target.systems["x"].processes["there"] == Process(
        name="there", url="http://there.example"
    )


@pytest.mark.parametrize("name", ["everything-wrong", "unreadable"])
def test_everything_wrong_is_said_at_once_in_reading_order(
    name: str, golden: Callable[[Path, str], None]
) -> None:
    """Each problem has its line, what stood there, and what to write; secrets are not shown."""
    text = (SAMPLES / f"{name}.toml").read_text(encoding="utf-8")

    found = problems(text)

    golden(SAMPLES / f"{name}.txt", "\n".join(found) + "\n")
    assert "hunter2" not in "\n".join(found)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kind =", "targets/x.toml:1: is not TOML: Invalid value; text stands in quotes."),
        (
            'kind = "twin"\n\n[a\n',
            "targets/x.toml:3: is not TOML: Expected ']' at the end of a table declaration (column 3).",
        ),
        (
            'kind = "twin"\nkind = "twin"',
            "targets/x.toml:2: is not TOML: Cannot overwrite a value.",
        ),
        ("a = " + "[" * 5000, "targets/x.toml:1: is nested too deeply to be read."),
        ("", 'targets/x.toml:1: says no kind; add kind = "…", one of stand-in, twin, deployment.'),
        (
            'kind = "prod"',
            'targets/x.toml:1: kind: "prod" is not one of stand-in, twin, deployment.',
        ),
    ],
)
def test_what_is_no_target_is_one_clear_message(text: str, message: str) -> None:
    """A syntax error has its line; an empty file lacks its kind."""
    found = problems(text)

    assert [each.replace(" (column 7)", "").replace(" (column 14)", "") for each in found] == [
        message
    ]


@pytest.mark.parametrize(
    "line",
    [
        'sql = "postgres://app:hunter2@db.example/app"',
        'sql = "host=db.example user=app password=hunter2"',
        'login = { path = "/in", owner = { user = "anna", word = "hunter2" } }',
        'login = { path = "/in", cookies = { owner = "hunter2" } }',
        'worker_auth = { X-Key = "hunter2" }',
        'credentials = { operator = "hunter2" }',
    ],
)
def test_a_deployments_file_holds_no_secret(line: str) -> None:
    """Passwords, bodies, cookies, headers and credentials need a reference there; none is shown."""
    found = problems(f'kind = "deployment"\n[systems.coreos]\n{line}')

    assert [each.partition(": ")[0] for each in found] == ["targets/x.toml:3"]
    assert "hunter2" not in found[0]


@pytest.mark.parametrize(
    "line",
    [
        'sql = "postgres://app:{secret.db}@db.example/app"',
        'sql = "env:DSN"',
        'login = { path = "/in", owner = { user = "anna", word = "env:WORD" } }',
        'login = { path = "/in", bodies = { owner = { deep = [{ word = "env:WORD" }] } } }',
        'worker_auth = { X-Key = "{secret.db}", X-Client = "suite" }',
    ],
)
def test_a_deployments_file_refers_to_its_secrets(line: str) -> None:
    """One reference in a body or among headers is enough; the rest may be plain."""
    parse(f'kind = "deployment"\nsecrets = {{ db = "env:DB" }}\n[systems.coreos]\n{line}', "x.toml")


def test_a_twins_passwords_outlive_nothing() -> None:
    """On a twin a body may hold its words as they are."""
    text = 'kind = "twin"\n[systems.x]\nlogin = { path = "/in", owner = { word = "guess" } }'

    login = parse(text, "x.toml").systems["x"].login

    assert login == Login(path="/in", bodies={"owner": {"word": "guess"}})


def answers(text: str) -> bool:
    """Whether the answer is a target or a list of problems with lines."""
    try:
        parse(text, "x.toml")
    except TargetError as error:
        return bool(error.problems) and all(each.place.line >= 1 for each in error.problems)
    return True


@given(st.text())
def test_arbitrary_text_is_a_target_or_its_problems(text: str) -> None:
    """Whatever a file holds, the parser does not stumble."""
    assert answers(text)


_KEYS = st.sampled_from(
    [
        "kind",
        "permits",
        "identity",
        "release",
        "limits",
        "scale",
        "stop_when",
        "services",
        "secrets",
        "systems",
        "coreos",
        "api",
        "login",
        "env",
        "ready",
        "http",
        "log",
        "within",
        "url",
        "command",
        "setup",
        "faults",
        "breaks",
        "commands",
        "names",
        "store",
        "a.b",
    ]
)
_LEAVES = st.one_of(
    st.sampled_from(
        [
            '"twin"',
            '"env:A"',
            '"{port}"',
            '"{store.url}"',
            '"20 s"',
            '""',
            "1",
            "-2.5",
            "nan",
            "true",
        ]
    ),
    st.just("1979-05-27T07:32:00Z"),
    st.just('"""two\nlines"""'),
)
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda each: f"[{', '.join(each)}]"),
        st.dictionaries(_KEYS, inner, max_size=3).map(
            lambda each: "{" + ", ".join(f"{key} = {said}" for key, said in each.items()) + "}"
        ),
    ),
    max_leaves=12,
)


@given(st.dictionaries(_KEYS, _VALUES, max_size=8))
def test_arbitrary_toml_is_a_target_or_its_problems(document: dict[str, str]) -> None:
    """No value in any place makes the parser stumble."""
    text = "".join(f"{key} = {value}\n" for key, value in document.items())

    assert answers(text)
