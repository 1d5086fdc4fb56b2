"""Settings: one frozen object, read once from the environment and a `.env` file."""

from __future__ import annotations

import logging
import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from email.headerregistry import Address
from email.policy import default
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import TypeVar
from urllib.parse import SplitResult, unquote, urlsplit

from dotenv import dotenv_values
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from goodword.model import is_email

Network = IPv4Network | IPv6Network
T = TypeVar("T")
log = logging.getLogger(__name__)


class BadSetting(Exception):
    """A value that can't be used; the message is one line that names the key."""


@dataclass(frozen=True, slots=True)
class Key:
    """One environment variable: its name, its default as written, and what it is for."""

    name: str
    default: str
    help: str


KEYS = (
    Key("GOODWORD_DATA_DIR", "./data", "Folder of the SQLite database and the secret keys (0700)."),
    Key(
        "GOODWORD_DATABASE_URL",
        "",
        "`postgresql+asyncpg://user:password@host/name`; unset: SQLite in the data folder.",
    ),
    Key(
        "GOODWORD_PUBLIC_URL",
        "",
        "Where visitors reach this server, such as `https://go.shop.example`;"
        " unset: the address that `serve` listens on.",
    ),
    Key(
        "GOODWORD_SECRET_KEYS",
        "",
        "Newest first, comma separated, each at least 32 characters; signs tokens, sessions and"
        " mailed links and encrypts stored secrets. Unset: made once in the data folder.",
    ),
    Key(
        "GOODWORD_TRUSTED_PROXIES",
        "127.0.0.1,::1",
        "Addresses and CIDRs whose X-Forwarded-For is believed, comma separated.",
    ),
    Key(
        "GOODWORD_RATE_LIMIT",
        "600",
        "Accepted hits a minute and client address; a tenth of it for leads and conversions,"
        " half of it for refused requests, a hundred times it for each API key; 0 turns all off.",
    ),
    Key(
        "GOODWORD_OUTBOUND_ALLOW",
        "",
        "Addresses and CIDRs that outbound calls may reach although private, comma separated;"
        " these alone may be called without HTTPS.",
    ),
    Key(
        "GOODWORD_KEEP",
        "visits=90,refused=400,calls=30,messages=30,addresses=30",
        "How many days it is kept what says something of a person: browser, network and page of"
        " visits; words of refused reports; calls of outside systems; what was sent; the key of"
        " hashed addresses.",
    ),
    Key(
        "GOODWORD_METRICS_TOKEN",
        "",
        "Whoever sends it as a bearer may read `/metrics`, at least 16 characters; unset: only"
        " this machine may.",
    ),
    Key(
        "GOODWORD_SMTP_URL",
        "",
        "`smtp://user:password@mail.example.com:587`, which asks for STARTTLS, or `smtps://...`;"
        " unset: e-mails wait in the outbox.",
    ),
    Key(
        "GOODWORD_MAIL_FROM",
        "",
        "Whom e-mails are from: `hello@shop.example` or `Shop <hello@shop.example>`.",
    ),
)

_SECRET = (
    "GOODWORD_SECRET_KEYS",
    "GOODWORD_DATABASE_URL",
    "GOODWORD_METRICS_TOKEN",
    "GOODWORD_SMTP_URL",
)
"""Keys whose values are never shown."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where e-mails are handed in. `tls`: from the first byte; else STARTTLS, which is a must
    where a password goes over a network."""

    host: str
    port: int
    tls: bool = False
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def is_local(self) -> bool:
        """Whether what is said to it stays on this machine."""
        return self.host in ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Keep:
    """How long it is kept what says something of a person, in days."""

    visits: int = 90
    refused: int = 400
    calls: int = 30
    messages: int = 30
    addresses: int = 30


@dataclass(frozen=True, slots=True)
class Settings:
    """What the whole program may know of its surroundings."""

    data_dir: Path
    database_url: str
    public_url: str
    secret_keys: tuple[bytes, ...]
    trusted_proxies: tuple[Network, ...]
    rate_limit: int
    outbound_allow: tuple[Network, ...] = ()
    metrics_token: str = field(default="", repr=False)
    mail_server: MailServer | None = None
    mail_from: Address | None = None
    keep: Keep = Keep()

    @property
    def secure(self) -> bool:
        """Whether visitors reach this server by HTTPS."""
        return self.public_url.startswith("https://")


def load_settings(environ: Mapping[str, str] | None = None, listening_on: str = "") -> Settings:
    """Reads the environment over `.env`; `BadSetting` names the first key that can't be used.

    `listening_on` is the public URL where none is set; without it that stays empty. Makes the
    data folder, and the secret keys in it where none are set.
    """
    raw = _raw(environ)
    folder = _read(raw, "GOODWORD_DATA_DIR", _data_dir)
    server = _read(raw, "GOODWORD_SMTP_URL", _mail_server)
    return Settings(
        data_dir=folder,
        database_url=_read(raw, "GOODWORD_DATABASE_URL", lambda text: _database(text, folder)),
        public_url=_read(raw, "GOODWORD_PUBLIC_URL", lambda text: _url(text) or listening_on),
        secret_keys=_read(raw, "GOODWORD_SECRET_KEYS", lambda text: _secrets(text, folder)),
        trusted_proxies=_read(raw, "GOODWORD_TRUSTED_PROXIES", _networks),
        rate_limit=_read(raw, "GOODWORD_RATE_LIMIT", _whole_number),
        outbound_allow=_read(raw, "GOODWORD_OUTBOUND_ALLOW", _networks),
        metrics_token=_read(raw, "GOODWORD_METRICS_TOKEN", _token),
        mail_server=server,
        mail_from=_read(raw, "GOODWORD_MAIL_FROM", lambda text: _sender(text, server)),
        keep=_read(raw, "GOODWORD_KEEP", _keep),
    )


def _raw(environ: Mapping[str, str] | None) -> dict[str, str]:
    if environ is None:
        from_file = {name: value or "" for name, value in dotenv_values(".env").items()}
        environ = from_file | dict(os.environ)
    known = {key.name: key.default for key in KEYS}
    for name in sorted(environ):
        if name.startswith("GOODWORD_") and name not in known:
            log.warning("%s is no setting of this version and changes nothing", name)
    return known | {name: environ[name].strip() for name in known if name in environ}


def _read(raw: dict[str, str], name: str, reader: Callable[[str], T]) -> T:
    try:
        return reader(raw[name])
    except (ValueError, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        shown = "" if name in _SECRET else f"={raw[name]!r}"
        raise BadSetting(f"{name}{shown}: {reason}") from error


def _data_dir(text: str) -> Path:
    folder = Path(text or ".").expanduser().absolute()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ValueError(f"{folder} is not writable by this user")
    return folder


def _database(text: str, folder: Path) -> str:
    if not text:
        file = folder / "goodword.db"
        # SQLite gives its journals the mode of the database: nobody else's business.
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
        return f"sqlite+aiosqlite:///{file}"
    try:
        driver = make_url(text).drivername
    except ArgumentError as error:
        raise ValueError("this is no database URL") from error
    if driver not in ("postgresql+asyncpg", "sqlite+aiosqlite"):
        raise ValueError("use postgresql+asyncpg://user:password@host/name")
    return text


_ADDRESS = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::\d{1,5})?(?:/[\w./~-]*)?", re.A)


def _url(text: str) -> str:
    if text and (not _ADDRESS.fullmatch(text.lower()) or (urlsplit(text).port or 0) > 65535):
        raise ValueError("this must be an address such as https://go.shop.example")
    return text.rstrip("/")


def _secrets(text: str, folder: Path) -> tuple[bytes, ...]:
    keys = [part.strip() for part in (text or _kept_secrets(folder)).split(",") if part.strip()]
    if not keys or any(len(key) < 32 for key in keys):
        raise ValueError("each key needs at least 32 characters (try `openssl rand -hex 32`)")
    return tuple(key.encode() for key in keys)


def _kept_secrets(folder: Path) -> str:
    """The keys of the data folder, made at the first start; readable by this user alone."""
    path = folder / "secret_keys"
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        return path.read_text()
    return path.read_text()


def _token(text: str) -> str:
    if text and (len(text) < 16 or not text.isascii() or not text.isprintable() or " " in text):
        raise ValueError("it needs at least 16 characters without spaces (`openssl rand -hex 16`)")
    return text


_LEAST_DAYS = {"messages": 7}
"""A message is tried again for more than three days."""

_MOST_DAYS = 3650


def _keep(text: str) -> Keep:
    """`visits=90,calls=30`: what is not named keeps its default."""
    names, said = [each.name for each in fields(Keep)], dict[str, int]()
    for part in filter(None, map(str.strip, text.split(","))):
        name, _, days = (each.strip() for each in part.partition("="))
        if name not in names:
            raise ValueError(f"{name!r} is none of {', '.join(names)}")
        least = _LEAST_DAYS.get(name, 1)
        if not (days.isascii() and days.isdecimal()) or not least <= int(days[:9]) <= _MOST_DAYS:
            raise ValueError(f"{name} needs a number of days from {least} to {_MOST_DAYS}")
        said[name] = int(days)
    return Keep(**said)


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip())


_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:.]*:[0-9a-f:.]*", re.A)
_PORTS = {"smtps": 465, "smtp": 25}


def _mail_server(text: str) -> MailServer | None:
    """ValueError says nothing of what was typed: there is a password in it."""
    if not text:
        return None
    parts = urlsplit(text)
    if parts.scheme not in _PORTS or not _HOST.fullmatch(parts.hostname or ""):
        raise ValueError("use smtp://user:password@mail.example.com:587, or smtps:// for port 465")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError("nothing may follow the host and the port (write # as %23, / as %2F)")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) is not bool(password):
        raise ValueError("a user needs a password, and the reverse: smtp://user:password@host")
    return MailServer(
        host=parts.hostname or "",
        port=_port(parts) or (587 if user and parts.scheme == "smtp" else _PORTS[parts.scheme]),
        tls=parts.scheme == "smtps",
        user=user,
        password=password,
    )


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError as error:
        raise ValueError(
            "the port is a number up to 65535 (write : in a password as %3A)"
        ) from error


def _sender(text: str, server: MailServer | None) -> Address | None:
    """`Name <address>` or an address alone; where it is not said, the user of the mail server."""
    if not text and server is None:
        return None
    read = default.header_factory("From", text or (server.user if server else ""))
    if read.defects or len(read.addresses) != 1 or not is_email(read.addresses[0].addr_spec):
        raise ValueError("say who writes: hello@shop.example or Shop <hello@shop.example>")
    sender: Address = read.addresses[0]
    return sender


def _whole_number(text: str) -> int:
    if not text.isdecimal():
        raise ValueError("this must be a whole number, 0 or more")
    return int(text)
