"""What can be said of a person from an e-mail address and a name, without asking anyone."""

from __future__ import annotations

import re
import unicodedata

_DOT_BLIND = {"gmail.com", "googlemail.com"}
_SAME_DOMAIN = {"googlemail.com": "gmail.com"}


def canonical_email(email: str) -> str:
    """One form for every spelling of one mailbox: `A.Da+x@GoogleMail.com` is `ada@gmail.com`.

    Lower case and NFKC, the domain in IDNA, no `+tag`, no dots where the provider ignores them.
    """
    text = unicodedata.normalize("NFKC", email).strip().lower()
    local, _, domain = text.rpartition("@")
    local = local.partition("+")[0] or local
    if domain in _DOT_BLIND:
        local = local.replace(".", "")
    return f"{local}@{_SAME_DOMAIN.get(domain, _ascii_domain(domain))}"


def _ascii_domain(domain: str) -> str:
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        return domain


def first_name(name: str) -> str:
    """The one word of a name that may be shown to a stranger, at most 40 characters; empty where
    an e-mail address was given for a name."""
    first = (name.split() or [""])[0]
    return "" if "@" in first else first[:40]


def plain_name(name: str) -> str:
    """The first name where it reads as one, else nothing: what anybody may type into a form is
    mailed to others, and must not be an advertisement or an address."""
    first = first_name(name)
    letters = first.removesuffix(".").replace("-", "").replace("'", "").replace("’", "")
    return first if letters and all(map(_is_letter, letters)) else ""


def shown_name(name: str) -> str:
    """What a referrer may know of a friend: `Grace H.`; empty where no plain name was given."""
    first, others = plain_name(name), [part for part in name.split()[1:] if "@" not in part]
    initial = others[-1][:1].upper() if others and first else ""
    return f"{first} {initial}." if initial.isalpha() else first


def _is_letter(mark: str) -> bool:
    return unicodedata.category(mark)[0] in "LM"


_EMAIL = re.compile(r"[^\s@|<>\"(),:;\\]{1,64}@(?:[^\s@|.<>\"(),:;\\]+\.)+[^\s@|.<>\"(),:;\\]{2,}")


def is_email(text: str) -> bool:
    """Whether it reads as one address: somebody, an at sign, and a domain with a dot."""
    return len(text) <= 254 and text.isprintable() and _EMAIL.fullmatch(text) is not None
