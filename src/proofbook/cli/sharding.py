"""`--shard K/N` on the command line."""

from __future__ import annotations

import click


class ShardOf(click.ParamType[str]):
    """Text such as `2/4`, kept as it is once it has been understood."""

    name = "shard"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The text; a usage error for any other."""
        from argparse import ArgumentTypeError

        from proofbook.pytest_plugin.sharding import shard

        try:
            shard(value)
        except ArgumentTypeError as error:
            self.fail(f"{error}.", param, ctx)
        return value
