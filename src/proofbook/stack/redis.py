"""A private Redis (Valkey) on loopback, from the installed Python package."""

from __future__ import annotations

import secrets
import socket
import time
from typing import TYPE_CHECKING

from proofbook.stack import programs
from proofbook.stack.supervised import Supervised
from proofbook.stack.wards import Order

if TYPE_CHECKING:
    from pathlib import Path

    from proofbook.stack.output import Output
    from proofbook.stack.wards import Wards

_START_SECONDS = 30.0
_POLL_SECONDS = 0.01


class Redis(Supervised):
    """One server with a password; what it acknowledged is in its append-only file."""

    def __init__(self, wards: Wards, *, port: int, name: str, folder: Path, output: Output) -> None:
        self.port = port
        self.folder = folder
        self.password = secrets.token_urlsafe(24)
        settings = folder / "redis.conf"
        settings.touch(mode=0o600)
        # A file, not arguments: those are everybody's to see.
        settings.write_text(
            f"bind 127.0.0.1\nport {self.port}\nrequirepass {self.password}\n"
            "appendonly yes\nappendfsync everysec\n"
        )
        order = Order(
            name=name,
            argv=[str(programs.redis()), str(settings)],
            cwd=folder,
            env={"LC_ALL": "C"},
            output=output.path,
        )
        url = f"redis://:{self.password}@127.0.0.1:{self.port}/0"
        super().__init__(wards, order, output, url=url, env={})

    def start(self) -> None:
        """Start it and wait until it answers PING. Raises `StackError` with its last words."""
        if self.is_running:
            return
        ward, deadline = self.launch(), time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self._answers():
                return
            if ward.wait(_POLL_SECONDS) is not None:
                raise self.broken(
                    f"{self.name}: Redis ended with code {ward.code} before it answered"
                )
        self.kill()
        raise self.broken(f"{self.name}: Redis did not answer within {_START_SECONDS:g} s")

    def _answers(self) -> bool:
        """Whether it takes the password and says PONG (RESP2, in-line commands)."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as wire:
                wire.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                heard = b""
                while heard.count(b"\r\n") < 2:  # noqa: PLR2004 - one answer each
                    chunk = wire.recv(256)
                    if not chunk:
                        return False
                    heard += chunk
        except OSError:
            return False
        return heard == b"+OK\r\n+PONG\r\n"
