"""Everything that can go wrong, by what a caller can do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class GoodwordError(Exception):
    """Whatever this client raises."""


class Unreachable(GoodwordError):
    """No answer came, however often it was tried. It may have been done: send it again with the
    same `idempotency_key`, and it is done once."""

    def __init__(self, detail: str, idempotency_key: str | None) -> None:
        super().__init__(detail)
        self.idempotency_key = idempotency_key


class NotGoodword(GoodwordError):
    """Something else answers at this address: look at the URL, or at the proxy before it."""


class BadSignature(GoodwordError):
    """A webhook that is not from goodword, or too old, or not under this secret."""


class Refused(GoodwordError):
    """An answer that is no success, as problem details (RFC 9457).

    `word` is the stable end of its `type` (`bad_field`, `not_found`, ...), `field` the part of the
    call that is wrong, `allowed` what can be done instead. `idempotency_key` is what it was sent
    with.
    """

    def __init__(
        self, status: int, problem: Mapping[str, Any], idempotency_key: str | None
    ) -> None:
        self.status = status
        self.word = str(problem.get("type", "")).rpartition(":")[2]
        self.detail = str(problem.get("detail", ""))
        self.field: str | None = problem.get("field")
        self.allowed: tuple[str, ...] = tuple(problem.get("allowed") or ())
        self.idempotency_key = idempotency_key
        super().__init__(": ".join(filter(None, (str(status), self.field, self.detail))))


class BadRequest(Refused):
    """400, 413, 415: mend what is said; `field` names it."""


class Unauthorized(Refused):
    """401, 403: the key is not in use, or may not do this."""


class NotFound(Refused):
    """404: nobody has this id, code or e-mail, as far as the key sees."""


class Conflict(Refused):
    """409: not from where it is (`allowed` says what is possible), or the key is for several
    campaigns, or this `idempotency_key` was another call's."""


class TryLater(Refused):
    """408, 429, 5xx, for all the time that was waited. Send it again later, under the same
    `idempotency_key`: after a 5xx it may have been done, and is done once all the same.

    `retry_after` is the seconds that were asked for last, None where nothing was said.
    """

    retry_after: float | None = None


KINDS: Mapping[int, type[Refused]] = {
    400: BadRequest,
    401: Unauthorized,
    403: Unauthorized,
    404: NotFound,
    408: TryLater,
    409: Conflict,
    413: BadRequest,
    415: BadRequest,
    429: TryLater,
}


def refusal(status: int, problem: Mapping[str, Any], idempotency_key: str | None) -> Refused:
    kind = TryLater if status >= 500 else KINDS.get(status, Refused)
    return kind(status, problem, idempotency_key)
