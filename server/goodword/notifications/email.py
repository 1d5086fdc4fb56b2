"""One mail as it travels: headers and two bodies, plain text and HTML (RFC 5322, 2046).

`Message-ID` comes from the message's own id, so that whoever gets one twice can tell (RFC 5322,
3.6.4). It is stopped with one click (RFC 2369, RFC 8058) and answered by no machine (RFC 3834).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTPUTF8
from html import escape

from goodword.notifications.fill import Filled


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """From whom, to whom, under which id, at which moment (ms), and where it is stopped."""

    message_id: str
    sender: Address
    to: Address
    at: int
    unsubscribe: str


class BadAddress(ValueError):
    """An address that no mail can be sent to."""


def read_address(name: str, email: str) -> Address:
    """A person as a header names one. `BadAddress` when it can't; a bad name is left out."""
    user, _, domain = email.rpartition("@")
    if not user or not domain:
        raise BadAddress("there is no address")
    try:
        host = domain.encode("idna").decode()
        return Address(clean(name), user, host)
    except (ValueError, UnicodeError) as error:
        raise BadAddress("this is no address that a mail can be sent to") from error


def clean(words: str) -> str:
    """What a header may carry: printable marks, single spaces, at most 100 characters."""
    return " ".join("".join(m if m.isprintable() else " " for m in words).split())[:100]


def compose(envelope: Envelope, filled: Filled, footer: str) -> EmailMessage:
    """The mail. `footer` says why it came; the address that stops it is put behind it."""
    mail = EmailMessage(SMTPUTF8)
    mail["From"] = envelope.sender
    mail["To"] = envelope.to
    mail["Subject"] = filled.subject
    mail["Date"] = datetime.fromtimestamp(envelope.at / 1000, UTC)
    mail["Message-ID"] = f"<{envelope.message_id}@{envelope.sender.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["List-Unsubscribe"] = f"<{envelope.unsubscribe}>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(f"{filled.text}\n\n-- \n{footer}\n{STOP}: {envelope.unsubscribe}\n")
    mail.add_alternative(page(filled, footer, envelope.unsubscribe), subtype="html")
    return mail


STOP = "No more of these e-mails"
"""What is written on the link that stops them."""


def page(filled: Filled, footer: str, unsubscribe: str) -> str:
    """The HTML of a mail: one column, no image, nothing that is loaded, in light or dark."""
    return _PAGE.format(
        title=escape(filled.subject),
        body=filled.html,
        footer=escape(footer),
        stop=f'<a href="{escape(unsubscribe)}">{STOP}</a>',
    )


_PAGE = """\
<!doctype html>
<html>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
</head>
<body style="margin:0;padding:24px 16px;font:16px/1.5 system-ui,Segoe UI,Roboto,Arial,sans-serif">
<div style="max-width:560px;margin:0 auto;overflow-wrap:anywhere">
{body}
<p style="margin:32px 0 0;font-size:13px;opacity:.75">{footer}<br>{stop}</p>
</div>
</body>
</html>
"""
