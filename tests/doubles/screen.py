"""The small screen of a double: its records, each with what a person may do to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import ClassVar, Protocol

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

Choice = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Act:
    """A form beside a record: a drop-down of `options` when there are some, or a text where it is
    `typed`, and a button. `do` is called with the record's id, the field's name and the value."""

    label: str
    do: Callable[[str, str, str], object]
    field: str = ""
    options: tuple[Choice, ...] = ()
    chosen: str = ""
    typed: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A record on the screen."""

    id: str
    kind: str
    name: str
    about: str
    acts: tuple[Act, ...] = ()


class Screened(Protocol):
    title: ClassVar[str]

    def rows(self) -> list[Row]: ...

    def listen(self, url: str) -> None: ...

    async def acted(self, act: Act, id_: str, name: str, value: str) -> None: ...


def screen_routes(vendor: Screened) -> Sequence[Route]:
    """`/` shows the records, `/screen` takes what is done to one, `/screen/hook` whom to call."""

    async def show(request: Request) -> Response:
        return HTMLResponse(_page(vendor.title, vendor.rows()))

    async def do(request: Request) -> Response:
        form = await request.form()
        id_, label = str(form.get("id")), str(form.get("act"))
        name, value = str(form.get("field", "")), str(form.get("value", ""))
        for row in vendor.rows():
            for act in row.acts if row.id == id_ else ():
                if (act.label, act.field) == (label, name):
                    await vendor.acted(act, id_, name, value)
        return RedirectResponse("/", 303)

    async def hook(request: Request) -> Response:
        vendor.listen(str((await request.form())["url"]))
        return Response(status_code=204)

    return [
        Route("/", show),
        Route("/screen", do, methods=["POST"]),
        Route("/screen/hook", hook, methods=["POST"]),
    ]


_STYLE = (
    "body{font:16px/1.5 system-ui;margin:2rem auto;max-width:60rem;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}td,th{padding:.5rem;text-align:left;"
    "border-bottom:1px solid #8884;vertical-align:top}form{display:inline-block;margin:0 .5rem 0 0}"
    ":root{color-scheme:light dark}"
)


def _page(title: str, rows: Sequence[Row]) -> str:
    body = "".join(_row(row) for row in rows)
    empty = "<p>Nothing here yet. A lead that comes in goodword appears here by itself.</p>"
    head = "<tr><th>Kind<th>Name<th>What it says<th>Do</tr>"
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(title)}</title>"
        "<meta name=viewport content='width=device-width'>"
        f"<style>{_STYLE}</style><h1>{escape(title)}, played by a test double</h1>"
        + (f"<table>{head}{body}</table>" if rows else empty)
    )


def _row(row: Row) -> str:
    acts = "".join(_form(row, act) for act in row.acts)
    cells = (row.kind, row.name, row.about)
    return f"<tr>{''.join(f'<td>{escape(cell)}' for cell in cells)}<td>{acts}</tr>"


def _form(row: Row, act: Act) -> str:
    def option(value: str, label: str) -> str:
        chosen = " selected" if value == act.chosen else ""
        return f'<option value="{escape(value)}"{chosen}>{escape(label)}</option>'

    options = "".join(option(*each) for each in act.options)
    label = f"{act.label} of {row.name}"
    select = (
        f'<select name=value aria-label="{escape(label)}">{options}</select>' if options else ""
    )
    if act.typed:
        select = f'<input name=value required aria-label="{escape(label)}">'
    hidden = {"id": row.id, "act": act.label, "field": act.field}
    inputs = "".join(f'<input type=hidden name={k} value="{escape(v)}">' for k, v in hidden.items())
    button = f"<button>{escape(act.label)}</button>"
    return f"<form method=post action=/screen>{inputs}{select}{button}</form>"
