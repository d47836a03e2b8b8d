"""
A server with a fault, for the generator: `python slow_server.py KIND`; it prints its port.

`quick`, `bimodal` (every tenth answer comes after 0.5 s), `failing` (500 at once), `moody` (every tenth
answer is one) or `silent`.
"""

from __future__ import annotations

import asyncio
import sys

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
FAILED = b"HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n\r\nno"


class Server(asyncio.Protocol):
    """One connection; requests of all connections are counted together."""

    count = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        for _ in range(data.count(b"\r\n\r\n")):
            Server.count += 1
            self.answer(sys.argv[1])

    def answer(self, kind: str) -> None:
        is_tenth = Server.count % 10 == 0
        if kind == "bimodal" and is_tenth:
            asyncio.get_running_loop().call_later(0.5, self.transport.write, OK)
        elif kind != "silent":
            has_failed = kind == "failing" or (kind == "moody" and is_tenth)
            self.transport.write(FAILED if has_failed else OK)


async def main() -> None:
    """Serve until it is killed."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Server, "127.0.0.1", 0, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 - that is how it tells
    await server.serve_forever()


asyncio.run(main())
