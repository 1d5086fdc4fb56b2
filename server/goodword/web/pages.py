"""Pages: templates, and the words and times in them. `web.headers` adds what keeps them safe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from goodword.model import day_of
from goodword.web import admin_words as words
from goodword.web.assets import Assets


class Pages:
    """Renders templates; everything in them is escaped."""

    def __init__(self, assets: Assets) -> None:
        self._environment = Environment(
            loader=PackageLoader("goodword.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals["static"] = assets.url
        self._environment.globals["words"] = words
        self._environment.filters |= {"when": _when, "day": _day}

    def html(
        self, template: str, values: Mapping[str, Any] | None = None, status: int = 200
    ) -> HTMLResponse:
        """A page. What a template is not given, it must not name."""
        text = self._environment.get_template(template).render(values or {})
        return HTMLResponse(text, status)


def _when(at: int) -> Markup:
    """A moment for eyes and for programs: `21 Dec 2026, 14:05 UTC`."""
    return Markup('<time datetime="{}">{}</time>').format(words.iso(at), words.when(at))


def _day(at: int) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(words.iso(at)[:10], day_of(at))
