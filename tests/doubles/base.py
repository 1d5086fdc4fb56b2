"""What every double of an outside system is made of: a real HTTP server that plays the vendor.

A double refuses what the vendor refuses and answers in the vendor's shapes. Tests do with it what
a person does on the vendor's screen (`change`, `convert`, `move_deal`, `merge`, `delete`), make it
fail (`fail`), and let it call its hooks (`deliver`). `python -m doubles.NAME` starts one to look
at; its page `/` is a small screen of that vendor.
"""

from __future__ import annotations

import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar
from urllib.parse import urlsplit, urlunsplit

import click
import httpx
import uvicorn
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route, Router
from starlette.types import Receive, Scope, Send

from doubles.screen import Act, Choice, Row, screen_routes
from doubles.store import FAULTS, Store, Stored

Json = dict[str, Any]
Answer = Callable[[Request], Coroutine[Any, Any, Response]]


@dataclass(frozen=True, slots=True)
class Call:
    """A call that came, header names in small letters."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Delivery:
    """A call to a hook, signed, as it goes over the wire."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """What the stories that every system must pass call things here: the object that a lead
    becomes, a field with its first and its last value, the field for our code, and the stages of
    a deal that is open, of one that is won and of one that is lost."""

    object: str
    field: str
    first: str
    last: str
    code: str
    deal: str = ""
    stage: str = ""
    open: str = ""
    won: str = ""
    lost: str = ""


class Refused(Exception):
    """The vendor's answer to what it does not take."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


class Double(Store, ABC):
    """An ASGI app that plays a vendor. `unknown` are calls to what the vendor does not have.

    `login` is by which the stories and the demo connect: one that has calls to the hook, where
    there are any. `secret` is what signs those, where it is not among the `credentials`: ours, or
    what this vendor makes. What a vendor can't do is said with its reason: nobody notices that a
    call was tampered with (`unsigned`), a merged record can't be followed (`unmerged`), nobody is
    found by an e-mail address (`unsearched`), no field can be renamed (`unrenamed`).
    """

    title: ClassVar[str]
    login: ClassVar[str]
    plot: ClassVar[Plot]
    secret: ClassVar[str] = "s3cret"
    unsigned: ClassVar[str] = ""
    unmerged: ClassVar[str] = ""
    unsearched: ClassVar[str] = ""
    unrenamed: ClassVar[str] = ""

    def __init__(self) -> None:
        super().__init__()
        self.url = ""
        self.calls: list[Call] = []
        self.unknown: list[str] = []
        self.hooks: list[str] = []
        self.pending: list[Any] = []
        self.sent: list[Delivery] = []
        self.reach: str = ""  # where hooks are really called, as a reverse proxy would
        self._router = Router([*self.routes(), *screen_routes(self)], default=self._not_there)

    # What a vendor's own double says ---------------------------------------------------------

    @abstractmethod
    def routes(self) -> Sequence[BaseRoute]:
        """The vendor's paths."""

    @abstractmethod
    def is_api(self, path: str) -> bool:
        """Whether faults of the API may strike a call: not where tokens are fetched."""

    @abstractmethod
    def allows(self, request: Request) -> bool:
        """Whether a call to the API names itself well, with a token or a key. May raise `Refused`
        where the vendor refuses it for something else."""

    @abstractmethod
    def refusal(self, fault: str) -> Response:
        """The vendor's answer to an old token ("401") and to too many calls ("429")."""

    @abstractmethod
    def deliveries(self, events: Sequence[Any]) -> list[tuple[list[Any], Delivery]]:
        """Calls to the hooks that tell these events, signed now; each with what it tells."""

    @abstractmethod
    def changed(self, stored: Stored, field_: str, value: str) -> None:
        """A person changed a field: emits what the vendor tells of it."""

    @abstractmethod
    def credentials(self, login: str) -> dict[str, str]:
        """What an admin types to connect by that login, with the address of this double."""

    @abstractmethod
    def person(self, email: str, at: int | None = None, **fields: str) -> str:
        """A person makes a record for that address by hand: its id."""

    @abstractmethod
    def convert(self, id_: str, stage: str = "") -> str | None:
        """A person makes a deal of it (Salesforce: an opportunity): the deal's id."""

    @abstractmethod
    def merge(self, loser: str, winner: str) -> str:
        """A person makes one record of two: its id."""

    @abstractmethod
    def rows(self) -> list[Row]:
        """What the screen shows."""

    def sign(self, url: str, body: bytes, secret: str, way: str = "") -> dict[str, str]:
        """The headers of a call to our hook, signed now: with the vendor's key, or with `secret`.
        `way` is how, where the vendor has several ways."""
        return {}

    def limits(self) -> dict[str, str]:
        """Headers of every answer, in which the vendor says how many calls are left."""
        return {}

    def listen(self, url: str) -> None:
        """A person sets up calls to our hook on the vendor's screen, where goodword can't."""

    def retried(self, status: int) -> bool:
        """Whether a hook that answered so is called again; 0 is no answer."""
        return not 200 <= status < 300

    # What all of them do ---------------------------------------------------------------------

    def guarded(self, path: str, method: str, answer: Answer) -> Route:
        """A path of the API, for those alone whom the vendor knows."""

        async def guarded(request: Request) -> Response:
            if not self.allows(request):
                return self.refusal("401")
            response = await answer(request)
            response.headers.update(self.limits())
            return response

        return Route(path, guarded, methods=[method])

    def change(self, id_: str, field_: str, value: str) -> None:
        """Sets a field; nothing happens where it had that value."""
        stored = self.records[id_]
        if stored.fields.get(field_, "") != value:
            stored.fields[field_] = value
            self.changed(stored, field_, value)

    def move_deal(self, id_: str, stage: str) -> None:
        self.change(id_, self.plot.stage, stage)

    def rename(self, name: str, new: str) -> None:
        """Renames a field of the plot's object; what stands in it stays."""
        columns = self.columns()
        columns[new] = columns.pop(name)
        for each in self.records.values():
            if name in each.fields:
                each.fields[new] = each.fields.pop(name)

    def columns(self) -> dict[str, Any]:
        """The fields of the plot's object by name, where a person can rename one."""
        raise AssertionError(self.unrenamed or "say in `columns` which fields there are")

    def delete(self, id_: str) -> None:
        self.records[id_].gone = True

    def found(self, email: str) -> list[Stored]:
        """Who has that address, of the plot's object, oldest first."""
        same = email.casefold()
        return [
            each for each in self.live(self.plot.object) if self.email_of(each).casefold() == same
        ]

    def email_of(self, stored: Stored) -> str:
        return stored.fields.get("email", "")

    # Hooks -----------------------------------------------------------------------------------

    async def deliver(self) -> list[int]:
        """Calls the hooks with what they were not told yet, and again with what they did not take:
        the statuses, 0 where no answer came."""
        events, self.pending = self.pending, []
        statuses = []
        for told, delivery in self.deliveries(events):
            status = await self.send(delivery)
            statuses.append(status)
            if self.retried(status):
                self.pending += told
        return statuses

    async def send(self, delivery: Delivery) -> int:
        """One call to a hook, as it is: also one that was sent before, or was tampered with."""
        self.sent.append(delivery)
        return (await self.answer(delivery)).status_code if delivery.url else 0

    async def answer(self, delivery: Delivery) -> httpx.Response:
        """The whole answer of a hook; status 0 where none came."""
        public = urlsplit(delivery.url)
        reach = urlsplit(self.reach or delivery.url)
        url = urlunsplit((reach.scheme, reach.netloc, public.path, public.query, ""))
        headers = {"host": public.netloc, **delivery.headers}
        async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
            try:
                return await client.request(
                    delivery.method, url, headers=headers, content=delivery.body
                )
            except httpx.TransportError:
                return httpx.Response(0)

    # Serving ---------------------------------------------------------------------------------

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise AssertionError("a vendor speaks HTTP")
        request = Request(scope, receive)
        body = await request.body()
        headers = {name.lower(): value for name, value in request.headers.items()}
        path, query = request.url.path, request.url.query
        self.calls.append(Call(request.method, path, query, headers, body))
        response = self._fault(path)
        before = self.writes
        if response is None:
            response = await self._answered(scope, body)
        if self.writes > before and response.status_code < 300 and self.take("lost"):
            await _hang_up(receive, send)
            return
        await response(scope, receive, send)

    def _fault(self, path: str) -> Response | None:
        if not self.is_api(path):
            return None
        for fault in ("401", "429"):
            if self.take(fault):
                return self.refusal(fault)
        for fault, status in (("500", 500), ("page", 200)):
            if self.take(fault):
                return HTMLResponse("<html><h1>We are sorry</h1></html>", status)
        return None

    async def _answered(self, scope: Scope, body: bytes) -> Response:
        """What the routes say, held back whole."""
        kept: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            kept.append(message)

        try:
            await self._router(scope, receive, send)
        except Refused as refused:
            return refused.response
        content = b"".join(each.get("body", b"") for each in kept[1:])
        response = Response(content, kept[0]["status"])
        if response.status_code == 405:
            self.unknown.append(f"{scope['method']} {scope['path']}")
        response.raw_headers = kept[0]["headers"]
        return response

    async def _not_there(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.unknown.append(f"{scope['method']} {scope['path']}")
        await Response("the double has no such path", 404)(scope, receive, send)

    # The screen ------------------------------------------------------------------------------

    async def acted(self, act: Act, id_: str, name: str, value: str) -> None:
        """Someone did this on the screen; the hooks hear of it at once."""
        act.do(id_, name, value)
        await self.deliver()


async def _hang_up(receive: Receive, send: Send) -> None:
    """Closes the connection without an answer; uvicorn has no public way to."""
    cycle: Any = getattr(send, "__self__", None)
    cycle.transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass


@contextmanager
def running(double: Double, port: int = 0) -> Iterator[Double]:
    """Serves a double on loopback in a thread; it is known as `double.url`."""
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen(64)
        double.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(double, lifespan="off", log_level="critical"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield double
        finally:
            server.should_exit = True
            thread.join(10)


def double_of(name: str) -> type[Double]:
    """The double of a system: the `Double` of `doubles/NAME.py`. LookupError where none is."""
    module = import_module(f"doubles.{name}")
    for each in vars(module).values():
        if (
            isinstance(each, type)
            and issubclass(each, Double)
            and each.__module__ == module.__name__
        ):
            return each
    raise LookupError(f"tests/doubles/{name}.py has no class that derives from Double")


def show(double: Double) -> None:
    """Runs a double in the foreground, for a person to play with: `python -m doubles.NAME`."""

    @click.command(help=f"Plays {double.title} on this machine, with a screen to change records.")
    @click.option("--port", default=8090, show_default=True, help="Where it listens.")
    @click.option("--quiet", is_flag=True, help="Say nothing.")
    def start(port: int, quiet: bool) -> None:
        with running(double, port):
            if quiet:
                threading.Event().wait()
            typed = "\n".join(f"  {k}: {v}" for k, v in double.credentials(double.login).items())
            click.echo(f"{double.title} plays at {double.url}/\nTo connect, paste:\n{typed}")
            click.echo("goodword needs GOODWORD_OUTBOUND_ALLOW=127.0.0.0/8. Ctrl-C stops it.")
            threading.Event().wait()

    start()


__all__ = [
    "FAULTS",
    "Act",
    "Answer",
    "Call",
    "Choice",
    "Delivery",
    "Double",
    "Json",
    "Plot",
    "Refused",
    "Row",
    "Stored",
    "double_of",
    "running",
    "show",
]
