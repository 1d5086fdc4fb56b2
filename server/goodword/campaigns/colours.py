"""A page's colours from the two that an owner chose, readable on light and dark screens alike.

Contrast is that of WCAG 2.2: relative luminance, 4.5 to 1 for text and 3 to 1 for the edge of a
field. Data in, data out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from goodword.campaigns.decide import BadCampaign

TEXT = 4.5
EDGE = 3.0
_COMFORT = 7.0
_STEPS = 40
_HEX = re.compile(r"#?([0-9a-f]{6}|[0-9a-f]{3})")
_RED = "#a1261c"

Rgb = tuple[float, float, float]
_BLACK: Rgb = (0.0, 0.0, 0.0)
_WHITE: Rgb = (1.0, 1.0, 1.0)
_NIGHT: Rgb = (0.055, 0.067, 0.063)


def read_colour(field: str, text: str) -> str:
    """The one spelling of a colour: `#0B6` is `#00bb66`. `BadCampaign` when it is none."""
    match = _HEX.fullmatch(text.strip().lower())
    if match is None:
        raise BadCampaign(field, f"{text!r} is no colour: write six digits such as #0b6b50")
    digits = match[1]
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))


def palette(accent: str, paper: str, dark: bool) -> dict[str, str]:
    """The colours of a page by name. `dark`: for a screen that asked for dark pages."""
    ground = _rgb(paper)
    if dark and not _is_dark(ground):
        ground = _mix(ground, _NIGHT, 0.93)
    return {name: _hex(colour) for name, colour in _scheme(_rgb(accent), ground).items()}


def contrast(one: str, other: str) -> float:
    """How far apart two colours are, from 1 to 21."""
    return _contrast(_rgb(one), _rgb(other))


def stylesheet(accent: str, paper: str) -> str:
    """The colours as CSS variables."""
    light, dark = palette(accent, paper, dark=False), palette(accent, paper, dark=True)
    return (
        f":root {{ {_variables(light)} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {_variables(dark)} }} }}\n"
    )


def _variables(colours: dict[str, str]) -> str:
    return " ".join(f"--{name}: {colour};" for name, colour in colours.items())


def _scheme(accent: Rgb, ground: Rgb) -> dict[str, Rgb]:
    ink = _readable(_mix(_ends(ground)[0], ground, 0.08), [ground])
    card = _card(ground, ink)
    both = [ground, card]
    ink = _readable(ink, both)
    wash = _mix(card, accent, 0.1)
    return {
        "paper": ground,
        "card": card,
        "ink": ink,
        "soft": _readable(_mix(ink, ground, 0.35), both),
        "line": _mix(card, ink, 0.14),
        "field": _readable(_mix(card, ink, 0.4), [card], EDGE),
        "accent": _readable(accent, both),
        "fill": accent,
        "edge": _readable(accent, [card], EDGE),
        "on-fill": _ends(accent)[0],
        "wash": wash if _contrast(ink, wash) >= TEXT else card,
        "red": _readable(_rgb(_RED), both),
    }


def _card(ground: Rgb, ink: Rgb) -> Rgb:
    """A little lighter than the page, unless its light text would be lost on that."""
    if not _is_dark(ground):
        return _mix(ground, _WHITE, 0.7)
    lighter = _mix(ground, _WHITE, 0.05)
    return lighter if _contrast(ink, lighter) >= _COMFORT else _mix(ground, _BLACK, 0.25)


def _readable(colour: Rgb, grounds: Sequence[Rgb], least: float = TEXT) -> Rgb:
    """The colour, or the nearest to it on the way to black or white that stands out enough."""
    end = max(_ends(grounds[0]), key=lambda each: min(_contrast(each, on) for on in grounds))
    ways = (_mix(colour, end, step / _STEPS) for step in range(_STEPS + 1))
    return next((way for way in ways if _stands_out(way, grounds, least)), end)


def _stands_out(colour: Rgb, grounds: Sequence[Rgb], least: float) -> bool:
    """As it is written in the end, in whole steps of 255."""
    written = _rgb(_hex(colour))
    return all(_contrast(written, _rgb(_hex(ground))) >= least for ground in grounds)


def _ends(ground: Rgb) -> tuple[Rgb, Rgb]:
    """Black and white, the one that stands out more first."""
    return (_WHITE, _BLACK) if _is_dark(ground) else (_BLACK, _WHITE)


def _is_dark(ground: Rgb) -> bool:
    return _contrast(ground, _WHITE) > _contrast(ground, _BLACK)


def _contrast(one: Rgb, other: Rgb) -> float:
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Rgb) -> float:
    red, green, blue = map(_linear, colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _mix(one: Rgb, other: Rgb, share: float) -> Rgb:
    """`share` of the other colour in the one."""
    red, green, blue = (a + (b - a) * share for a, b in zip(one, other, strict=True))
    return red, green, blue


def _rgb(colour: str) -> Rgb:
    red, green, blue = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return red, green, blue


def _hex(colour: Rgb) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in colour)
