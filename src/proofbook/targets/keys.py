"""
Every key that a target file may hold, table by table, in the order in which a person writes them.

The page `runbooks/handbook/targets.md` of the project says what each means; a test compares them.
"""

from __future__ import annotations

TARGET = (
    "kind",
    "permits",
    "protected",
    "needs",
    "identity",
    "release",
    "limits",
    "scale",
    "stop_when",
    "services",
    "secrets",
    "systems",
)

#: How a fact is read from a deployment; `field` goes with `http`.
READING = ("http", "field", "file", "command", "postgres")

IDENTITY = (*READING, "equals")

STOP_WHEN = (*READING, "above", "below")

LIMITS = ("rate", "seconds", "connections")

READY = ("http", "log", "running_for", "within")

CONTROL = ("start", "stop", "kill", "freeze", "thaw", "logs")

#: What an overlay may change.
OVERLAY = ("command", "image", "cwd", "setup", "env", "ready")

FAULT = (*OVERLAY, "files", "sql", "breaks", "unaffected")

PROCESS = ("url", *OVERLAY, "release", "control", "releases", "environments", "faults")

COMMAND = (*OVERLAY, "releases", "environments", "faults")

SERVICE = ("provided", "database", "url", "fresh", *OVERLAY, "control", "faults")

PROVIDED = ("postgres", "redis")

#: What a target may need of the machine that the suite runs on.
NEEDS = ("docker",)

#: The keys of `[systems.<x>]` that are no processes.
SYSTEM = (
    "env",
    "commands",
    "files",
    "store",
    "sql",
    "login",
    "credentials",
    "worker_auth",
    "names",
    "logs",
    "absent",
    "release",
    "faults_from",
    "backups",
)

#: Beside these, each key of `login` is a role with the body to post, as if it stood in `bodies`.
LOGIN = ("path", "bodies", "cookies")

NAMES = ("env", "paths", "headers")

BACKUP = (
    "kind",
    "make",
    "list",
    "fetch",
    "verify",
    "restore",
    "wal_list",
    "wal_fetch",
    "key",
    "manifest",
    "newest_event",
    "every",
    "boot",
    "scratch",
    "data",
    "claim",
)

#: What may have made a backup.
BACKUP_KINDS = ("pg_dump", "basebackup", "pgbackrest", "command")

#: Table of a target file → its keys.
TABLES = {
    "the file": TARGET,
    "identity": IDENTITY,
    "release.<component>": READING,
    "stop_when": STOP_WHEN,
    "limits": LIMITS,
    "services.<role>": SERVICE,
    "systems.<x>": SYSTEM,
    "systems.<x>.<process>": PROCESS,
    "systems.<x>.<process>.ready": READY,
    "systems.<x>.<process>.control": CONTROL,
    "systems.<x>.<process>.releases.<name>": OVERLAY,
    "systems.<x>.<process>.environments.<name>": OVERLAY,
    "systems.<x>.<process>.faults.<name>": FAULT,
    "systems.<x>.commands.<name>": COMMAND,
    "systems.<x>.login": LOGIN,
    "systems.<x>.names": NAMES,
    "systems.<x>.backups.<name>": BACKUP,
}
