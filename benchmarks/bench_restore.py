"""
A whole drill of a database of 1 GB: dump and base backup, point in time, every control.

The database is pgbench's at scale 68 (6.8 million rows). Drilled are a dump and a base backup, both
sealed, with points in the log, manifests and all controls: both at most 60 s where nobody else uses the
machine, and nowhere more than as many bare restores as that is. The restore is held against a bare
`pg_restore -j2` of the same dump into a cluster of the same kind, once before and once after it: at most
1.3 times their mean. Beside it stands how long each phase took.

`python -m benchmarks.bench_restore --scale 7` is a tenth of it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING

from proofbook.drills import QUARTER
from proofbook.instruments.restore import dumps, programs
from proofbook.instruments.restore.cluster import Cluster
from proofbook.instruments.restore.drill import drill
from proofbook.instruments.restore.drilling import Drilling
from proofbook.instruments.restore.hooks import Hooks
from proofbook.instruments.restore.phases import Phases
from proofbook.instruments.restore.preparing import Origin, prepare
from proofbook.instruments.restore.sources import Commanded
from proofbook.stack import Stack
from proofbook.targets import parse
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from proofbook.drills import Control, Drill, Phase
    from proofbook.stack import Twin

SCALE = 68
WANTED_RATIO = 1.3
#: 60 s, on a machine of two cores that nobody else uses, where the bare restore takes 13.5 s.
WANTED_WHOLE = 60 / 13.5
_RUN = "bench"
_TARGET = """
kind = "stand-in"
permits = "disrupts"
[services.store]
provided = "postgres"
[secrets]
backup = "generate:hex"
[systems.bench]
store = "store"
[systems.bench.api]
command = ["sh", "-c", "echo on; exec sleep 600"]
ready = { log = "on", within = "20 s" }
[systems.bench.backups.dump]
kind = "pg_dump"
key = "{secret.backup}"
newest_event = "SELECT now()"
boot = "api"
[systems.bench.backups.base]
kind = "basebackup"
key = "{secret.backup}"
newest_event = "SELECT now()"
boot = "api"
"""


def main(scale: int = SCALE) -> int:
    """Print times and ratios; 1 if one is more than is wanted."""
    with (
        tempfile.TemporaryDirectory(prefix="proofbook-bench-") as folder,
        Stack(parse(_TARGET, "bench.toml"), root=Path(folder), logs=Path(folder) / "logs") as stack,
        stack.twin("bench", own_services=True) as twin,
    ):
        origin = Origin.begun(stack, twin, _RUN)
        place, secret = programs.apart(origin.url)
        fill = [programs.tool("pgbench"), "-i", "-q", f"-s{scale}", place]
        assert programs.finished(fill, env=secret)[0] == 0, "pgbench did not fill the database"
        bare = [_bare(stack, origin, Path(folder))]
        began = time.monotonic()
        records = [_drilled(stack, twin, origin, name, Path(folder)) for name in ("dump", "base")]
        whole = time.monotonic() - began
        bare.append(_bare(stack, origin, Path(folder)))
    for record in records:
        _print(record)
    restore = next(p.seconds for p in records[0].phases if p.name == "restore")
    ratio = restore / mean(bare)
    print(f"scale {scale}: {records[0].rows} rows")
    print(
        f"whole drill of both {whole:.1f} s: {whole / mean(bare):.1f} bare restores "
        f"(at most {WANTED_WHOLE:.1f} wanted at scale {SCALE})"
    )
    print(
        f"restore {restore:.2f} s, bare pg_restore -j2 before it {bare[0]:.2f} s and after it "
        f"{bare[1]:.2f} s: ratio to their mean {ratio:.2f} "
        f"(at most {WANTED_RATIO} wanted)"
    )
    late = scale == SCALE and whole / mean(bare) > WANTED_WHOLE
    return int(late or ratio > WANTED_RATIO or any(map(_problems, records)))


def _bare(stack: Stack, origin: Origin, folder: Path) -> float:
    """Seconds of pg_restore alone, into a cluster that does nothing else."""
    file = folder / "bare.dump"
    dumps.dump(origin.url, file)
    cluster = Cluster.fresh(stack, "bare", run=_RUN)
    url = cluster.empty("bare").url
    began = time.monotonic()
    words = ("pg_restore", "--no-owner", "--no-privileges", "--jobs=2", str(file))
    programs.run("restore", *words, dsn=url)
    seconds = time.monotonic() - began
    cluster.destroy()
    file.unlink()
    return seconds


def _drilled(stack: Stack, twin: Twin, origin: Origin, name: str, folder: Path) -> Drill:
    backup = twin.system.backups[name]
    key = twin.resolve(backup.key or "")
    at = Drilling(
        stack=stack,
        target=stack.target,
        twin=twin,
        backup=backup,
        hooks=Hooks(None, "the bench"),
        source=Commanded(backup, twin.resolve, key),
        run=_RUN,
        work=stack.new_data(name),
        phases=Phases(journal=folder / f"{name}.jsonl", tell=_quiet),
        tell_control=_silent,
        lasts=QUARTER,
        operator="bench",
        key_text=key,
    )
    prepare(at, origin)
    return drill(at)


def _quiet(_name: str, _phase: Phase | None) -> None:
    pass


def _silent(_: Control) -> None:
    pass


def _print(record: Drill) -> None:
    """Each phase with its time; whether every damage was noticed."""
    print(f"{record.backup} ({record.backup_kind})")
    for phase in record.phases:
        print(f"  {phase.name:20} {phase.verdict:10} {phase.seconds:6.2f} s")
    caught = sum(control.verdict is Verdict.PASS for control in record.controls)
    print(f"  {caught} of {len(record.controls)} controls caught")


def _problems(record: Drill) -> list[str]:
    """What the bench did not want: it has no service of its own to ask."""
    return [reason for reason in record.reasons if not reason.startswith(("examine", "write"))]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--scale", type=int, default=SCALE, help="pgbench's; 68 is 1 GB")
    sys.exit(main(parser.parse_args().scale))
