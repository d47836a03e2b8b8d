"""Decide on a gate, put the decision on the log, and show it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from proofbook import store as stores
from proofbook.acts import body
from proofbook.cli import here
from proofbook.cli.asking import Asking, question
from proofbook.errors import NoVerdict, ReportError
from proofbook.gate import checklist, decide, runnable, ways
from proofbook.gate.checklist import markdown
from proofbook.gate.fields import decided, listed
from proofbook.gate.ruling import ruling
from proofbook.gate.telling import explained, told
from proofbook.pytest_plugin.sources import suite_commit
from proofbook.report import exports
from proofbook.report.characters import printable
from proofbook.runs.disk import put

if TYPE_CHECKING:
    from proofbook.gate import Decision


def show(asking: Asking, *, as_json: bool, explain: bool, out: str | None) -> int:
    """Decide, record and print; the decision's exit code."""
    root = here.root()
    asked = question(asking, root)
    decision = decide(asked)
    head = None if asking.at else str(_record(decision, root, asking.store))
    path = ways(decision, asked) if explain or as_json else ()
    if as_json:
        click.echo(_json(decided(decision, path, head)), nl=False)
    else:
        for line in (*told(decision), *explained(path)):
            click.echo(printable(line))
        if head:
            click.echo(f"head of the log: {head}")
    if out:
        _export(decision, root, Path(out))
    return decision.exit


def show_list(asking: Asking, *, as_json: bool) -> int:
    """Print a gate as a checklist; the exit code of its decision, which is not recorded."""
    asked = question(asking, here.root())
    decision = decide(asked)
    pages = checklist(decision, asked)
    text = _json(listed(decision, pages)) if as_json else markdown(decision, pages)
    click.echo(printable(text), nl=False)
    return decision.exit


def lacking(
    gate: str, *, select: tuple[str, ...], target: str, store: str, **_: object
) -> tuple[str, ...]:
    """
    The claims that a gate lacks and a run on the target can bring; none if it opens.

    `NoVerdict` where it lacks only what no run there brings; a usage error with other claims.
    """
    if select:
        raise click.UsageError("--for says which claims are meant; name none beside it.")
    asked = question(
        Asking(name=gate, target=target, store=store, release=(), policy=None, at=None, heads=()),
        here.root(),
    )
    decision = decide(asked)
    if decision.opens:
        click.echo(f"gate {gate} opens as it is: nothing is to be run", err=True)
        return ()
    found = runnable(decision, asked, asked.target or target)
    if not found:
        raise NoVerdict(
            f"a run on {target} brings nothing that the gate {gate} lacks; "
            f"`proofbook gate {gate} --explain` says what does."
        )
    return found


def _record(decision: Decision, root: Path, store: str) -> object:
    """Put the decision on the log, with every head that it saw; the head of its own chain."""
    signed = stores.act_payload("decision", decision.at, body(ruling(decision)), suite_commit(root))
    return stores.append_act(root / store, signed, (), stores.run_key(root))


def _export(decision: Decision, root: Path, folder: Path) -> None:
    texts = exports.of_a_decision(decision, stores.run_key(root).signer())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        put({folder / name: text for name, text in texts.items()})
    except OSError as error:
        raise ReportError(f"{folder}: the decision was not exported: {error.strerror}.") from None


def _json(whole: dict[str, object]) -> str:
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"
