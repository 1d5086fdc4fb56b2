"""A receiver of webhooks on loopback, which can also fail in the ways that receivers do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Got:
    """One request as it came: header names in small letters."""

    path: str
    headers: dict[str, str]
    body: str


Answers = Callable[[Got], bytes | None]
"""What is sent back, as it goes over the wire; None resets the connection, b"" never answers."""


def answer(status: int = 204, text: str = "", **headers: str) -> bytes:
    """An HTTP answer over the wire."""
    lines = [f"HTTP/1.1 {status} Said", f"content-length: {len(text.encode())}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\nconnection: close\r\n\r\n" + text).encode()


@dataclass
class Receiver:
    """`url` is where it listens; `got` what came, oldest first; `answers` says what to answer."""

    url: str = ""
    got: list[Got] = field(default_factory=list)
    answers: Answers = field(default=lambda _: answer())

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Some tests kill the sender in the middle.
        with closing(writer), suppress(ConnectionError, asyncio.IncompleteReadError):
            await self._take(reader, writer)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        pairs = (line.partition(": ") for line in head[1:] if line)
        headers = {name.lower(): value for name, _, value in pairs}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        got = Got(head[0].split(" ")[1], headers, body.decode())
        self.got.append(got)
        said = self.answers(got)
        if said is None:
            writer.transport.abort()
        elif said:
            writer.write(said)
            await writer.drain()
        else:
            await reader.read()


@asynccontextmanager
async def listening() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.take, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    try:
        yield receiver
    finally:
        server.close()
