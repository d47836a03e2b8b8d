"""`proofbook site`: the pages that show each claim with its verdict."""

from __future__ import annotations

import contextlib
from pathlib import Path

import click

from proofbook.cli.teaching import Verb, write_examples
from proofbook.report.exits import Exit

_OUT = click.option("--out", type=click.Path(path_type=Path), help="The folder.  [default: site/]")
_BUILDER = click.option(
    "--builder",
    type=click.Choice(["mkdocs", "zensical"]),
    default="mkdocs",
    show_default=True,
    help="The program that turns pages into a site.",
)
EXAMPLES = {
    "proofbook site build": "into site/; open site/index.html, no server needed",
    "proofbook site serve": "see pages change as you write them",
    "proofbook site verify": "hold a built site against the evidence again",
}


class _Site(click.Group):
    """A group that ends with its examples."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The examples."""
        del ctx
        write_examples(formatter, EXAMPLES)


@click.group(cls=_Site)
def site() -> None:
    """Build the pages that show each claim with its verdict."""


@site.command(
    cls=Verb,
    examples={
        "proofbook site build": "into site/; open site/index.html, no server needed",
        "proofbook site build --out public --builder zensical": "elsewhere, by another program",
    },
)
@_BUILDER
@_OUT
def build(*, builder: str, out: Path | None) -> int:
    """
    Build the site from the runbooks and the newest evidence.

    What was built is read again: a site that says something else than the evidence is not kept.
    """
    from proofbook.cards import site as pages
    from proofbook.cli import here

    folder = pages.build(here.root(), builder=builder, out=out)
    click.echo(f"{folder}/index.html")
    return Exit.PASS


@site.command(
    cls=Verb,
    examples={
        "proofbook site serve": "on this machine, until Ctrl-C",
        "proofbook site serve --port 0": "on any free port",
    },
)
@_BUILDER
@_OUT
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
def serve(*, builder: str, out: Path | None, port: int) -> int:
    """Serve the site on this machine, built anew whenever runbooks or evidence change."""
    from proofbook.cards import serving
    from proofbook.cli import here

    with contextlib.suppress(KeyboardInterrupt):
        serving.serve(
            here.root(),
            builder=builder,
            out=out,
            port=port,
            ready=lambda url: click.echo(f"{url}  (Ctrl-C ends it)"),
        )
    return Exit.PASS


@site.command(
    cls=Verb,
    examples={
        "proofbook site verify": "the one in site/",
        "proofbook site verify --out public": "one that was built elsewhere",
    },
)
@_OUT
def verify(*, out: Path | None) -> int:
    """Read every badge of a built site again, and hold it against the evidence as it is now."""
    from proofbook.cards import site as pages
    from proofbook.cli import here

    number = pages.verify(here.root(), out=out)
    click.echo(f"{number} badges say what the evidence says")
    return Exit.PASS
