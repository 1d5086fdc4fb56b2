"""A letter with its variables filled in: a subject, plain text, and HTML. Data in, data out.

A variable is replaced once and never read again, so that what people type into a form is words
in a mail and nothing else. A paragraph that names something there is none of is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape

from goodword.notifications.letters import (
    LONGEST_SUBJECT,
    VARIABLE,
    VARIABLES,
    Form,
    names_in,
)

Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Filled:
    """What a mail says; `html` is what stands within its page."""

    subject: str
    text: str
    html: str


def fill(subject: str, text: str, values: Values) -> Filled:
    """The letter with these values. KeyError for a variable that has none."""
    said = list(_paragraphs(text, values))
    return Filled(
        subject=" ".join(_plain(subject, values).split())[:LONGEST_SUBJECT],
        text="\n\n".join(_plain(each, values) for each in said),
        html="\n".join(_html(each, values) for each in said),
    )


def _paragraphs(text: str, values: Values) -> Iterator[str]:
    for paragraph in re.split(r"\n(?:[ \t]*\n)+", text.strip("\n")):
        if all(values[name] for name in names_in(paragraph)):
            yield paragraph


def _plain(text: str, values: Values) -> str:
    return "\n".join(
        VARIABLE.sub(lambda found: _said(found, values), line) for line in text.split("\n")
    )


def _said(found: re.Match[str], values: Values) -> str:
    """The value in the place of its variable: printable marks alone, since others break a line
    or turn its direction; with a capital where it begins a line."""
    name, value = found[1], values[found[1]]
    form = VARIABLES[name].form
    kept = "\n" if form is Form.LINES else ""
    value = "".join(mark if mark.isprintable() or mark in kept else " " for mark in value)
    begins = found.start() == 0 and form is Form.WORDS
    return value[:1].upper() + value[1:] if begins else value


def _html(paragraph: str, values: Values) -> str:
    lines = [_html_line(line, values) for line in paragraph.split("\n")]
    return f'<p style="margin:0 0 16px">{"<br>".join(lines)}</p>'


def _html_line(line: str, values: Values) -> str:
    """Words that an admin wrote, with their addresses as links, and values by their form."""
    parts: list[str] = []
    at = 0
    for found in VARIABLE.finditer(line):
        parts += [_linked(line[at : found.start()]), _value(found[1], _said(found, values))]
        at = found.end()
    return "".join([*parts, _linked(line[at:])])


def _value(name: str, value: str) -> str:
    form = VARIABLES[name].form
    if form is Form.LINK:
        return _link(value)
    if form is Form.CODE:
        return f'<strong style="{_CODE}">{escape(value)}</strong>'
    if form is Form.LINES:
        return "<br>".join(_linked(line) for line in value.split("\n"))
    return escape(value)


_CODE = "font-family:ui-monospace,Menlo,Consolas,monospace;font-size:18px;letter-spacing:1px"
_LONGEST_SHOWN = 60
_URL = re.compile(r"https?://[^\s<>\"']*[^\s<>\"'.,;:!?)\]]")


def _linked(text: str) -> str:
    parts: list[str] = []
    at = 0
    for found in _URL.finditer(text):
        parts += [escape(text[at : found.start()]), _link(found[0])]
        at = found.end()
    return "".join([*parts, escape(text[at:])])


def _link(url: str) -> str:
    """Only web addresses are links: nothing else that a mail program would open."""
    if not url.startswith(("https://", "http://")):
        return escape(url)
    shown = url if len(url) <= _LONGEST_SHOWN else f"{url[:_LONGEST_SHOWN]}…"
    return f'<a href="{escape(url)}">{escape(shown)}</a>'
