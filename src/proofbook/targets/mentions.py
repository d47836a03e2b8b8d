"""Whether each placeholder of a target file names something that the file holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from proofbook.targets import keys
from proofbook.targets.placeholders import placeholders, unknown
from proofbook.targets.places import strings
from proofbook.targets.references import names_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proofbook.targets.lines import KeyPath
    from proofbook.targets.tables import Report

#: Known everywhere: the project's root, the Python that runs the suite.
EVERYWHERE = ("python", "root")
#: Known where a program is started: its port, its instance's name; its twin's name, and a folder of
#: the twin's own.
STARTED = ("port", "instance", "twin", "home")
#: Of an address: the whole, and its parts for programs that want them one by one.
SERVICE_PARTS = ("url", "host", "port", "user", "password", "database")
PROCESS_PARTS = ("url", "host", "port")
#: Known in the commands of a backup: what is fetched and where to, and what it is restored into.
BACKUP_WORDS = (
    "artefact",
    "stem",
    "file",
    "segment",
    "destination.url",
    "destination.data",
    "destination.port",
)

#: What holds text as it is: the contract's own braces, regular expressions, SQL, claim ids.
_PLAIN = frozenset(
    {"names", "logs", "absent", "breaks", "unaffected", "newest_event", "log", "sql"}
)


def check(document: Mapping[str, Any], report: Report) -> None:
    """Report each placeholder that stands for nothing, and each string that no program can take."""
    everywhere = _known(document)
    started = everywhere | set(STARTED)
    for path, text in strings(dict(document)):
        if "\0" in text:
            report.add(path, "holds a NUL, which no program can be told.")
        if not _is_plain(path):
            known = started if path[0] in ("services", "systems") else everywhere
            if path[2:3] == ("backups",):
                known = known | set(BACKUP_WORDS)
            for name in dict.fromkeys(placeholders(text)):
                if name not in known:
                    report.add(path, unknown(name, known))


def _known(document: Mapping[str, Any]) -> set[str]:
    roles = _names(document, "services")
    systems = _names(document, "systems")
    secrets = _names(document, "secrets")
    return {
        *EVERYWHERE,
        *(f"{role}.{part}" for role in roles for part in SERVICE_PARTS),
        *(
            f"{name}.{process}.{part}"
            for name in systems
            for process in systems[name]
            if process not in keys.SYSTEM
            for part in PROCESS_PARTS
        ),
        *(name for secret in secrets for name in names_of(secret, str(secrets[secret]))),
    }


def _names(document: Mapping[str, Any], key: str) -> dict[str, Any]:
    """A table of the document; whatever is wrong with it has been reported."""
    found = document.get(key)
    inner = found if isinstance(found, dict) else {}
    return (
        inner
        if key == "secrets"
        else {name: each for name, each in inner.items() if isinstance(each, dict)}
    )


def _is_plain(path: KeyPath) -> bool:
    """The system's own `sql` is a DSN and not plain; a fault's is statements."""
    if path[0] == "secrets":
        return True
    return any(key in _PLAIN for key in path[2:]) and path[2:] != ("sql",)
