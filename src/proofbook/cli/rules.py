"""`proofbook rules`: alert rules and SLO documents, made of the claims of a system."""

from __future__ import annotations

import click

from proofbook.cli.teaching import Verb
from proofbook.report.exits import Exit


@click.command(
    cls=Verb,
    examples={
        "proofbook rules jobsources": "a rules file for Prometheus, to be kept beside its configuration",
        "proofbook rules jobsources --site https://runbooks.example": "its links lead to your site",
        "proofbook rules jobsources --format openslo": "the SLOs, as OpenSLO v1",
    },
)
@click.argument("system")
@click.option(
    "--format", "name", type=click.Choice(["prometheus", "openslo"]), default="prometheus"
)
@click.option("--site", default="", help="Where the pages stand; the links of alerts lead there.")
def rules(*, system: str, name: str, site: str) -> int:
    """
    Print the alert rules of SYSTEM, made of its claims.

    Thresholds and holds are those of the sentences; which series they are held against stands in
    runbooks/SYSTEM/alerts.toml. Each alert links to the step of the runbook that says what to do.
    """
    from proofbook.alerts import Sheet, openslo, parse, prometheus
    from proofbook.cli import here

    root = here.root()
    file = root / "runbooks" / system / "alerts.toml"
    if not file.is_file():
        known = sorted(path.parent.name for path in (root / "runbooks").glob("*/alerts.toml"))
        there = ", ".join(known) or "no system"
        raise click.UsageError(f"runbooks/{system}/alerts.toml is not there; {there} has one.")
    table = parse(file.read_text("utf-8"), file.relative_to(root).as_posix())
    claims = {claim.id: claim for runbook in here.runbooks(root) for claim in runbook.claims}
    sheet = Sheet(system, table, claims, site)
    render = prometheus.render if name == "prometheus" else openslo.render
    click.echo(render(sheet), nl=False)
    return Exit.PASS
