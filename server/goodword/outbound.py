"""The only way out to HTTP: bounded in time and size, and never to a private address.

Every address that a name resolves to is looked at right before connecting, and that very address
is connected to: a name that changes its mind in between (DNS rebinding) gains nothing.
Redirects are not followed, and no proxy of the environment is used.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import httpcore
import httpx

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

TIME = 15.0
"""Seconds a whole call may take."""

LARGEST = 65_536
"""Bytes of an answer that are read unless more are asked for."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Forbidden(Exception):
    """The address is none that may be called; the message says why."""


class Unreachable(Exception):
    """No answer came: the name is unknown, nobody listens, TLS failed, or time ran out."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: as much of it as was asked for, as text; header names in small letters."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


class Outbound:
    """Calls to other servers. `allowed` are networks that may be called although private, and
    without TLS. Close it at the end."""

    def __init__(self, allowed: Iterable[Network] = ()) -> None:
        self._allowed = tuple(allowed)
        self._client = httpx.AsyncClient(
            transport=_Transport(_Guard(self._allowed)),
            timeout=httpx.Timeout(TIME),
            follow_redirects=False,
            trust_env=False,
            # Bytes are counted as they come, so that nothing small unfolds into something large.
            headers={"accept-encoding": "identity"},
        )

    async def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        content: bytes = b"",
        largest: int = LARGEST,
    ) -> Answer:
        """One call; `largest` bytes of the answer are read. `Forbidden` and `Unreachable` when
        there is no answer."""
        try:
            self._read(url)
            async with asyncio.timeout(TIME):
                return await self._call(method, url, headers, content, largest)
        except (TimeoutError, httpcore.TimeoutException) as error:
            raise Unreachable(f"no answer within {TIME:.0f} s") from error
        except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError, OSError) as error:
            raise Unreachable(str(error) or type(error).__name__) from error

    async def _call(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes, largest: int
    ) -> Answer:
        request = self._client.build_request(method, url, headers=headers, content=content)
        answer = await self._client.send(request, stream=True)
        try:
            body = b""
            async for part in answer.aiter_raw():
                body += part
                if len(body) >= largest:
                    break
        finally:
            await answer.aclose()
        text = body[:largest].decode("utf-8", "replace").replace("\0", "")
        return Answer(answer.status_code, {k.lower(): v for k, v in answer.headers.items()}, text)

    async def check(self, url: str) -> None:
        """Looks at an address before it is kept: `Forbidden` when it could never be called,
        `Unreachable` when its name is unknown."""
        host, port = self._read(url)
        try:
            await _Guard(self._allowed).addresses(host, port)
        except OSError as error:
            raise Unreachable(f"the name {host} is not known") from error

    def _read(self, url: str) -> tuple[str, int]:
        try:
            parts = urlsplit(url)
            port = parts.port
            httpx.URL(url)
        except (ValueError, httpx.InvalidURL) as error:
            raise Forbidden(f"{url!r} is no address") from error
        host = parts.hostname or ""
        if parts.scheme not in ("http", "https") or not host or parts.username is not None:
            raise Forbidden("write an address such as https://hooks.example.com/goodword")
        if parts.scheme == "http" and not self._is_allowed(host):
            raise Forbidden("only https:// keeps what is sent from others' eyes")
        return host, port or (443 if parts.scheme == "https" else 80)

    def _is_allowed(self, host: str) -> bool:
        """Whether plain HTTP may be: to an address, or localhost, that is allowed by name."""
        try:
            address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
        except ValueError:
            return False
        return any(address in network for network in self._allowed)

    async def close(self) -> None:
        await self._client.aclose()

    async def __aenter__(self) -> Outbound:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()


def may_call(address: Address, allowed: Iterable[Network]) -> bool:
    """Whether an address is a public one, in whatever disguise, or allowed by name."""
    meant = _meant(address)
    if any(one in network for network in allowed for one in (address, meant)):
        return True
    return meant.is_global and not meant.is_multicast


def _meant(address: Address) -> Address:
    """The IPv4 address that an IPv6 form carries: mapped, 6to4, Teredo or NAT64."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


class _Guard(httpcore.AsyncNetworkBackend):
    """Connects to public addresses alone."""

    def __init__(self, allowed: tuple[Network, ...]) -> None:
        self._allowed = allowed
        self._backend = httpcore.AnyIOBackend()

    async def addresses(self, host: str, port: int) -> list[str]:
        """What a name stands for now; `Forbidden` when any of it is private."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(each[4][0]).partition("%")[0] for each in found))
        for text in addresses:
            if not may_call(ipaddress.ip_address(text), self._allowed):
                raise Forbidden(
                    f"{host} is at {text}, a private address;"
                    " GOODWORD_OUTBOUND_ALLOW can name networks that may be called"
                )
        return addresses

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        last: Exception | None = None
        for address in await self.addresses(host, port):
            try:
                return await self._backend.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
        raise last or httpcore.ConnectError(f"the name {host} is not known")

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise Forbidden("sockets of this machine are not called")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _Body(httpx.AsyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def __aiter__(self) -> Any:
        async for part in self._stream:
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


class _Transport(httpx.AsyncBaseTransport):
    """httpx over a connection pool with our own guard; httpx offers no place to put one."""

    def __init__(self, guard: _Guard) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            max_connections=100,
            max_keepalive_connections=20,
            keepalive_expiry=5,
            network_backend=guard,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        answer = await self._pool.handle_async_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=_Body(answer.stream),
            extensions=answer.extensions,
        )

    async def aclose(self) -> None:
        await self._pool.aclose()
