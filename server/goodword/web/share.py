"""Where a referrer can share a link: plain addresses, opened by the person. Data in, data out.

Nothing of them is loaded, nor told of anybody, before somebody presses one.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlencode


@dataclass(frozen=True, slots=True)
class Target:
    """`own` opens a program of the person's own instead of another page."""

    name: str
    url: str
    own: bool = False


def targets(link: str, message: str, subject: str) -> list[Target]:
    """The link with its message by e-mail, WhatsApp, X, LinkedIn and Facebook."""
    text = f"{message} {link}".strip()
    mail = {"subject": subject, "body": f"{message}\r\n\r\n{link}\r\n"}
    x = {"text": message, "url": link}
    return [
        Target("E-mail", f"mailto:?{urlencode(mail, quote_via=quote, safe='')}", own=True),
        Target("WhatsApp", f"https://wa.me/?text={quote(text, safe='')}"),
        Target("X", f"https://x.com/intent/post?{urlencode(x, quote_via=quote, safe='')}"),
        Target(
            "LinkedIn", _with_link("https://www.linkedin.com/sharing/share-offsite/?url=", link)
        ),
        Target("Facebook", _with_link("https://www.facebook.com/sharer/sharer.php?u=", link)),
    ]


def _with_link(address: str, link: str) -> str:
    return address + quote(link, safe="")
