"""A database of one's own on a PostgreSQL that runs elsewhere, beside the one that its address names."""

from __future__ import annotations

import secrets
from contextlib import closing
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from proofbook.errors import NotAsked, StackError

_CONNECT_SECONDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """An empty database, until it is dropped."""

    #: As whom, and by way of which database, it was made.
    owner: str
    name: str
    url: str

    @classmethod
    def make(cls, owner: str, where: str) -> Self:
        """
        Make one as whom the address `owner` names; `where` says what names it.

        Raises `NotAsked` where that one may make none, or is not let in.
        """
        name = f"proofbook_{secrets.token_hex(6)}"
        try:
            _run(
                owner, sql.SQL("create database {} template template0").format(sql.Identifier(name))
            )
        except psycopg.Error as error:
            raise NotAsked(
                f"{where}: no database can be made beside it: {_words(error)}",
                remedy="let the address be one that may create databases",
            ) from None
        return cls(owner=owner, name=name, url=urlsplit(owner)._replace(path=f"/{name}").geturl())

    def drop(self) -> None:
        """Remove it, and whoever is connected to it. Raises `StackError`."""
        dropped = sql.SQL("drop database if exists {} with (force)")
        try:
            _run(self.owner, dropped.format(sql.Identifier(self.name)))
        except psycopg.Error as error:
            raise StackError(
                f"the database {self.name} cannot be dropped: {_words(error)}"
            ) from None


def _run(url: str, statement: sql.Composed) -> None:
    with closing(psycopg.connect(url, autocommit=True, connect_timeout=_CONNECT_SECONDS)) as server:
        server.execute(statement)


def _words(error: psycopg.Error) -> str:
    return " ".join((error.diag.message_primary or str(error)).split())
