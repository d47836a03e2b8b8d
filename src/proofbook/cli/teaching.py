"""Verbs whose help ends with examples to copy; a test runs them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Mapping


class Verb(click.Command):
    """A command with examples: what to type → what it does."""

    def __init__(self, *arguments: Any, examples: Mapping[str, str], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.examples = dict(examples)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The examples, each on a line of its own."""
        del ctx
        write_examples(formatter, self.examples)


def write_examples(formatter: click.HelpFormatter, examples: Mapping[str, str]) -> None:
    """A section of examples, the explanations aligned; long lines stay whole."""
    width = max(map(len, examples), default=0)
    with formatter.section("Examples"):
        for example, does in examples.items():
            formatter.write(f"  {example:{width}}  {does}\n")
