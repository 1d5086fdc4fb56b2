"""Codes, tokens and payload signatures. Pure: keys are passed in, nothing is looked up.

Keys are derived as itsdangerous does (one salt a purpose, HMAC-SHA256); codes and tokens carry
that signature truncated, so that they stay short.
"""

from __future__ import annotations

import hmac
from base64 import b32hexdecode, b32hexencode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from itsdangerous import BadData, Signer, URLSafeSerializer
from msgspec import Struct

from goodword.model import id_bytes, id_text

LONGEST_CODE = 64
"""Characters of a code as a person may type it, spaces and hyphens included."""

_TO_CROCKFORD = bytes.maketrans(
    b"0123456789ABCDEFGHIJKLMNOPQRSTUV", b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"
)
_TO_HEX32 = bytes.maketrans(
    b"0123456789ABCDEFGHJKMNPQRSTVWXYZ", b"0123456789ABCDEFGHIJKLMNOPQRSTUV"
)
_MISREAD = str.maketrans({"I": "1", "L": "1", "O": "0", " ": None, "-": None})


class CodeKind(IntEnum):
    """A code's signature covers its kind, so that none passes for another."""

    REFERRER = 1
    LEAD = 2
    TEST = 3


@dataclass(frozen=True, slots=True)
class Code:
    """A code whose signature held. `text` is its one spelling; `expires` is set on test codes."""

    kind: CodeKind
    text: str
    expires: int | None = None


class Token(Struct, frozen=True):
    """What a browser keeps after a hit. `at` is the moment of the hit, milliseconds."""

    campaign_id: str
    hit_id: str
    visitor: str
    referrer_id: str
    test: bool

    @property
    def at(self) -> int:
        return int.from_bytes(id_bytes(self.hit_id)[:6], "big")


@lru_cache(4096)
def _derived(key: bytes, purpose: str) -> bytes:
    return Signer(
        key, salt=f"goodword.{purpose}", key_derivation="hmac", digest_method=sha256
    ).derive_key()


def _sign(key: bytes, purpose: str, value: bytes, size: int) -> bytes:
    return hmac.digest(_derived(key, purpose), value, "sha256")[:size]


# Codes ---------------------------------------------------------------------------------------


def mint_code(key: bytes, kind: CodeKind, unique: bytes) -> str:
    """A 16 character code of a campaign: 5 bytes of id and 5 of signature, Crockford base32."""
    return _spell(unique + _sign(key, "code", bytes([kind]) + unique, 5))


def mint_test_code(key: bytes, unique: bytes, expires: int) -> str:
    """A 24 character code for a test run: 1 byte of kind, 4 of expiry (s), 5 of id, 5 signature."""
    body = bytes([CodeKind.TEST]) + (expires // 1000).to_bytes(4, "big") + unique
    return _spell(body + _sign(key, "code", body, 5))


def read_code(key: bytes, text: str) -> Code | None:
    """The code behind any spelling (case, spaces, hyphens, O for 0); None when it is not ours."""
    spelled = spell(text)
    raw = _unspell(spelled)
    if raw is None:
        return None
    if len(raw) == 15:
        return _read_test_code(key, spelled, raw)
    for kind in (CodeKind.REFERRER, CodeKind.LEAD):
        signature = _sign(key, "code", bytes([kind]) + raw[:5], 5)
        if hmac.compare_digest(signature, raw[5:]):
            return Code(kind, spelled)
    return None


def _read_test_code(key: bytes, spelled: str, raw: bytes) -> Code | None:
    if raw[0] != CodeKind.TEST or not hmac.compare_digest(
        _sign(key, "code", raw[:10], 5), raw[10:]
    ):
        return None
    return Code(CodeKind.TEST, spelled, int.from_bytes(raw[1:5], "big") * 1000)


def spell(text: str) -> str:
    """The one spelling of a code: capitals, no spaces or hyphens, 1 for I and L, 0 for O."""
    return text[:LONGEST_CODE].upper().translate(_MISREAD)


def _spell(raw: bytes) -> str:
    return b32hexencode(raw).translate(_TO_CROCKFORD).decode()


def _unspell(spelled: str) -> bytes | None:
    if len(spelled) not in (16, 24) or not spelled.isascii():
        return None
    try:
        return b32hexdecode(spelled.encode().translate(_TO_HEX32, b"U"))
    except ValueError:
        return None


# Tokens --------------------------------------------------------------------------------------

_LIVE_BYTE, _TEST_BYTE = b"\x01", b"\x02"


def mint_token(keys: Sequence[bytes], token: Token) -> str:
    """108 characters: 1 byte of version and mode, four ids of 16, 16 bytes of signature."""
    ids = (token.campaign_id, token.hit_id, token.visitor, token.referrer_id)
    digits = "".join([each.partition("_")[2] for each in ids])
    body = (_TEST_BYTE if token.test else _LIVE_BYTE) + bytes.fromhex(digits)
    return urlsafe_b64encode(body + _sign(keys[0], "token", body, 16)).decode()


@lru_cache(8192)
def read_token(keys: tuple[bytes, ...], text: str) -> Token | None:
    """The token behind the text; None when no key signed it. Its age is not judged here."""
    if len(text) != 108 or not text.isascii():
        return None
    try:
        raw = urlsafe_b64decode(text)
    except ValueError:
        return None
    body, signature = raw[:65], raw[65:]
    if not any(hmac.compare_digest(_sign(key, "token", body, 16), signature) for key in keys):
        return None
    ids = [body[start : start + 16] for start in (1, 17, 33, 49)]
    prefixes = ("camp", "hit", "vis", "ref")
    campaign, hit, visitor, referrer = map(id_text, prefixes, ids)
    return Token(campaign, hit, visitor, referrer, test=body[:1] == _TEST_BYTE)


# Payloads of thank-you pages -----------------------------------------------------------------


def sign_payload(
    secret: str, event: str, order: str, amount: str, currency: str, email: str
) -> str:
    """`v1=` and the hex HMAC-SHA256 of `event|order|amount|currency|email`, as printed."""
    message = "|".join((event, order, amount, currency, email))
    return "v1=" + hmac.new(secret.encode(), message.encode(), sha256).hexdigest()


def payload_holds(
    secret: str, sig: str, event: str, order: str, amount: str, currency: str, email: str
) -> bool:
    """Whether `sig` is the payload's signature under the campaign's signing secret."""
    right = sign_payload(secret, event, order, amount, currency, email)
    return hmac.compare_digest(right.encode(), sig.encode(errors="replace"))


# Links in mails ------------------------------------------------------------------------------

MAILED_LIFE = 7 * 86_400_000
"""How long a link in a mail opens what it is for, milliseconds."""

_LONGEST_LINK = 1_000


@dataclass(frozen=True, slots=True)
class MailedLink:
    """What a link in a mail is about, in words that its purpose knows; `at` is when it was made.

    Who reads it asks whether it was revoked since.
    """

    subject: tuple[str, ...]
    at: int


def mint_mailed_link(keys: Sequence[bytes], purpose: str, subject: Sequence[str], at: int) -> str:
    """The last part of an address that only the owner of a mailbox has; for one purpose alone."""
    return str(_mailed(keys, purpose).dumps([*subject, at]))


def read_mailed_link(
    keys: Sequence[bytes], purpose: str, text: str, now: int, life: int | None = MAILED_LIFE
) -> MailedLink | None:
    """What the text is about; None when no key signed it for this purpose, or after its `life`.

    With `life` None it never ends.
    """
    try:
        *subject, at = _mailed(keys, purpose).loads(text[:_LONGEST_LINK])
    except BadData:
        return None
    if life is not None and now >= at + life:
        return None
    return MailedLink(tuple(subject), at)


def _mailed(keys: Sequence[bytes], purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(
        list(reversed(keys)),  # itsdangerous has the newest key last
        salt=f"goodword.mailed.{purpose}",
        signer_kwargs={"key_derivation": "hmac", "digest_method": sha256},
    )


# Secrets at rest and keyed names -------------------------------------------------------------


def fingerprint(key: bytes) -> str:
    """What the database may know of a secret key."""
    return _sign(key, "fingerprint", b"", 16).hex()


def seal(keys: Sequence[bytes], secret: bytes) -> bytes:
    """Encrypts under the newest key (Fernet)."""
    return _fernet(keys).encrypt(secret)


def unseal(keys: Sequence[bytes], sealed: bytes) -> bytes:
    """What was sealed under any of the keys. ValueError when none opens it."""
    try:
        return _fernet(keys).decrypt(sealed)
    except InvalidToken as error:
        raise ValueError("none of GOODWORD_SECRET_KEYS opens a secret in the database") from error


def reseal(keys: Sequence[bytes], sealed: bytes) -> bytes:
    """The same secret under the newest key."""
    return _fernet(keys).rotate(sealed)


def _fernet(keys: Sequence[bytes]) -> MultiFernet:
    return MultiFernet([Fernet(urlsafe_b64encode(_sign(key, "seal", b"", 32))) for key in keys])


def keyed_hash(keys: Sequence[bytes], purpose: str, value: str) -> str:
    """A name for a value that can't be turned back without the keys; 32 hex digits."""
    return _sign(keys[0], purpose, value.encode(errors="replace"), 16).hex()
