"""The archive for an auditor: signed records, the keys that signed them, and what verifies them."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from proofbook import store as stores
from proofbook.acts import body
from proofbook.cli import drill_verifier, here
from proofbook.cli.due import recorded
from proofbook.errors import NoVerdict, ReportError
from proofbook.report import Exit
from proofbook.store.folder import key_file

if TYPE_CHECKING:
    from proofbook.drills import Drill
    from proofbook.log import Act

README = """\
Restore drills, as they were signed.

  log/      each record in the envelope that was signed (DSSE, Ed25519), one line a file
  records/  the same records to be read
  keys/     the public keys that signed them; compare their fingerprints with those you were given
  verify.py needs Python 3.8 and openssl, and nothing else: python3 verify.py
"""


def export(*, into: str, run_id: str | None, store: str) -> int:
    """Write the archive. Raises `NoVerdict` where nothing was drilled."""
    root = here.root()
    chosen = _chosen(list(recorded(root, store)), run_id)
    if not chosen:
        which = f"of the run {run_id}" if run_id else "yet"
        raise NoVerdict(f"{store}: there is no drill {which} that a key of the policy has signed.")
    folder = stores.Store(root / store)
    pieces = {
        "README.txt": README.encode(),
        "verify.py": Path(drill_verifier.__file__).read_bytes(),
    }
    for act, record in chosen:
        name = act.trail.chain
        pieces[f"log/{name}.jsonl"] = folder.chain(name).read_bytes()
        text = json.dumps(body(record), indent=1, ensure_ascii=False) + "\n"
        pieces[f"records/{name}.json"] = text.encode()
        for key in act.signers:
            pieces[f"keys/{key_file(key)}"] = (folder.keys / key_file(key)).read_bytes()
    _write(Path(into), pieces)
    for act, record in chosen:
        click.echo(f"{record.system}.{record.backup}  {record.verdict}  {record.id}  {act.head}")
    click.echo(
        f"{into}: {len(chosen)} drills; verify it with `python3 verify.py` where it is unpacked"
    )
    return Exit.PASS


def _chosen(found: list[tuple[Act, Drill]], run_id: str | None) -> list[tuple[Act, Drill]]:
    """Those of a run, or the newest of each backup."""
    if run_id is not None:
        return [pair for pair in found if pair[1].id == run_id]
    return list({pair[1].of: pair for pair in found}.values())


def _write(into: Path, pieces: dict[str, bytes]) -> None:
    fresh = into.with_name(f".{into.name}.new")
    try:
        with tarfile.open(fresh, "w:gz") as archive:
            for name, data in sorted(pieces.items()):
                told = tarfile.TarInfo(f"drills/{name}")
                told.size, told.mode = len(data), 0o644
                archive.addfile(told, io.BytesIO(data))
        fresh.replace(into)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise ReportError(f"{into} cannot be written: {error.strerror}") from None
