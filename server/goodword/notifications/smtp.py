"""A mail server: one connection, mails one after the other, and what was said to each (RFC 5321).

Trouble with the server is one thing, its answer about one mail another: only the latter is a try.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from types import TracebackType

from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from goodword.settings import MailServer

TIMEOUT = 30
"""Seconds that the server has for each answer."""

_TAKEN = 250
_CLOSING = 421
_TOO_LARGE = 552
_NOT_ALLOWED = 553


class Trouble(Exception):
    """The server takes no mails now; the message says why, without anybody's address."""


@dataclass(frozen=True, slots=True)
class Said:
    """The server's answer about one mail: its code, and its words without anybody's address."""

    code: int
    text: str


class Relay:
    """A connection to the mail server, open within `async with`. `Trouble` when there is none.

    A password travels only where nobody listens: by TLS whose certificate holds, or within this
    machine. Without one TLS is taken where it is offered, as mail servers do among themselves.
    """

    def __init__(self, server: MailServer, host: str) -> None:
        guarded = bool(server.user) and not server.is_local
        self._smtp = SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user or None,
            password=server.password or None,
            local_hostname=host,
            timeout=TIMEOUT,
            use_tls=server.tls,
            start_tls=True if guarded and not server.tls else None,
            validate_certs=guarded or server.tls,
        )

    async def __aenter__(self) -> Relay:
        try:
            await self._smtp.connect()
        except (SMTPException, OSError) as error:
            raise Trouble(_why(error)) from error
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(SMTPException, OSError):
            if self._smtp.is_connected and kind is None:
                await self._smtp.quit()
        self._smtp.close()

    async def send(self, mail: EmailMessage) -> Said:
        """Hands in a mail for the one person it is to; what the server said of it. `Trouble`
        when it said nothing, or would take no mail whosoever it is to."""
        try:
            _, said = await self._smtp.send_message(mail)
            return Said(_TAKEN, nameless(said))
        except SMTPRecipientsRefused as error:
            code, text = error.recipients[0].code, error.recipients[0].message
        except SMTPDataError as error:
            code, text = error.code, error.message
        except SMTPSenderRefused as error:
            code, text = error.code, error.message
            if code not in (_TOO_LARGE, _CLOSING):
                raise Trouble(f"it refuses the sender: {code} {nameless(text)}") from error
        except SMTPNotSupported:
            code, text = _NOT_ALLOWED, "it takes no addresses with letters outside ASCII"
        except (SMTPException, OSError) as error:
            raise Trouble(_why(error)) from error
        except ValueError:
            code, text = _NOT_ALLOWED, "this is no address that a mail can be sent to"
        if code == _CLOSING:
            raise Trouble(f"{code} {nameless(text)}")
        return Said(code, nameless(text))


def _why(error: Exception) -> str:
    if isinstance(error, SMTPResponseException):
        return nameless(f"{error.code} {error.message}")
    return nameless(str(error)) or type(error).__name__


def nameless(text: str) -> str:
    """A server's words on one line, without the addresses that it repeats."""
    return " ".join(_SOMEBODY.sub("…", text).split())


_SOMEBODY = re.compile(r"<?[^\s<>@]+@[^\s<>@]+>?")
