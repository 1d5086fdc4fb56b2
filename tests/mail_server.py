"""A mail server on loopback, which can also fail in the ways that mail servers do."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat
from cryptography.x509.oid import NameOID

OK = "250 OK"
CUT = "cut"
"""Instead of an answer: the connection is gone."""

TAKEN_AND_CUT = "taken and cut"
"""The mail is taken, and the answer lost."""

TAKEN_AND_HANG = "taken and hang"
"""The mail is taken, and no answer comes."""

HANG = "hang"
"""Instead of an answer: nothing, for ever."""

Answers = Callable[[str, str], str]
"""What is said at a stage (`MAIL`, `RCPT` or `DATA`) to the mail for that address."""


@dataclass(frozen=True, slots=True)
class Got:
    """One mail as it came: who it was for by the envelope, and itself."""

    to: str
    mail: EmailMessage

    @property
    def id(self) -> str:
        return str(self.mail["Message-ID"])

    @property
    def subject(self) -> str:
        return str(self.mail["Subject"])

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    def _part(self, kind: str) -> str:
        part = self.mail.get_body((kind,))
        assert part is not None
        return str(part.get_content())


@dataclass
class Mailbox:
    """`url` is where it listens; `got` what came, oldest first; `answers` says what to answer.

    `password` is what it asks for, if anything; `logins` who came.
    """

    url: str = ""
    got: list[Got] = field(default_factory=list)
    answers: Answers = field(default=lambda stage, address: OK)
    logins: list[tuple[str, str]] = field(default_factory=list)
    connections: int = 0

    def to(self, address: str) -> list[Got]:
        return [got for got in self.got if got.to == address]

    async def handle_EHLO(
        self, server: SMTP, session: Any, envelope: Envelope, host: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = host
        return responses

    async def handle_MAIL(
        self, server: SMTP, session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return await self._answer(server, "MAIL", address)

    async def handle_RCPT(
        self, server: SMTP, session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        said = await self._answer(server, "RCPT", address)
        if said.startswith("2"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Envelope) -> str:
        [to] = envelope.rcpt_tos
        said = self.answers("DATA", to)
        if said.startswith("2") or said in (TAKEN_AND_CUT, TAKEN_AND_HANG):
            content = envelope.content
            assert isinstance(content, bytes)
            mail = message_from_bytes(content, policy=default)
            assert isinstance(mail, EmailMessage)
            self.got.append(Got(to, mail))
        return await self._act(server, said)

    async def _answer(self, server: SMTP, stage: str, address: str) -> str:
        return await self._act(server, self.answers(stage, address))

    async def _act(self, server: SMTP, said: str) -> str:
        if said in (CUT, TAKEN_AND_CUT):
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
            return "421 gone"
        if said in (HANG, TAKEN_AND_HANG):
            await asyncio.Event().wait()
        return said

    def authenticate(
        self, server: SMTP, session: Any, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password == b"right", handled=data.password == b"right")


@asynccontextmanager
async def receiving(
    tls: SSLContext | None = None, *, port: int = 0, password: bool = False
) -> AsyncIterator[Mailbox]:
    """A mail server that takes everything; with `tls` by STARTTLS, with `password` from who logs
    in alone."""
    box = Mailbox()
    loop = asyncio.get_running_loop()

    def protocol() -> SMTP:
        with warnings.catch_warnings():
            # It warns of passwords without TLS, which some tests are about.
            warnings.simplefilter("ignore")
            return SMTP(
                box,
                hostname="mail.example.com",
                ident="sink",
                loop=loop,
                tls_context=tls,
                require_starttls=tls is not None,
                enable_SMTPUTF8=True,
                auth_required=password,
                auth_require_tls=tls is not None,
                authenticator=box.authenticate if password else None,
            )

    server = await loop.create_server(protocol, "127.0.0.1", port)
    box.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield box
    finally:
        server.close()


@dataclass(frozen=True, slots=True)
class Certified:
    """A server's side of TLS for 127.0.0.1, and the file by which it is trusted."""

    server: SSLContext
    file: Path


def certify(folder: Path) -> Certified:
    """A certificate that signs itself, good for an hour."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(_HOST)]), critical=False)
        .sign(key, SHA256())
    )
    certificate, secret = folder / "server.pem", folder / "server.key"
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = SSLContext(PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, secret)
    return Certified(server, certificate)


_HOST = ip_address("127.0.0.1")
