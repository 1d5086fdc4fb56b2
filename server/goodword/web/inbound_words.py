"""How inbound calls read on a page. Data in, text out."""

from __future__ import annotations

from goodword.lifecycle.inbound import Foreseen
from goodword.model import CallResult, InboundCall, Reason
from goodword.web import admin_words as words

RESULTS = {
    CallResult.QUALIFIED: "Qualified",
    CallResult.ALREADY_QUALIFIED: "Already qualified",
    CallResult.HELD: "Held",
    CallResult.REJECTED: "Rejected",
    CallResult.REFUNDED: "Refunded",
    CallResult.WAITING: "Waits for its order",
    CallResult.NO_LEAD: "Nobody referred",
    CallResult.UNKNOWN_CODE: "Unknown code",
    CallResult.REFERRER_CODE: "A referrer's code",
    CallResult.IGNORED: "Ignored",
    CallResult.INVALID: "Not understood",
    CallResult.BAD_SIGNATURE: "Bad signature",
    CallResult.RECEIVED: "Kept, not read",
}
_GOOD = (CallResult.QUALIFIED, CallResult.ALREADY_QUALIFIED, CallResult.REFUNDED)
_BAD = (CallResult.REJECTED, CallResult.INVALID, CallResult.BAD_SIGNATURE)
_OPEN = (CallResult.HELD, CallResult.UNKNOWN_CODE, CallResult.REFERRER_CODE, CallResult.RECEIVED)


_PASSED = {
    "earlier": "The order is older than the lead that its e-mail names.",
    "filter": "The filter was not met.",
    "no_money": "No money went back.",
    "no_secret": "The shop's secret is not set yet.",
    "ping": "The shop tried the address.",
    "stale": "Newer news of the order came before it.",
    "test_order": "A test order.",
    "topic": "It is about something else than an order.",
    "unpaid": "The order is not paid.",
}
"""Why a call was passed over."""


def pill(result: CallResult) -> str:
    """The colour of a result's pill."""
    for name, results in (("good", _GOOD), ("no", _BAD), ("hold", _OPEN)):
        if result in results:
            return name
    return ""


def reason_text(call: InboundCall) -> str:
    """Why, as a sentence; empty where the result says it all."""
    if call.reason is None:
        return ""
    if call.result is CallResult.INVALID:
        return "No code was found." if call.reason == "code" else f"The {call.reason} is no such."
    if call.reason in _PASSED:
        return _PASSED[call.reason]
    if call.reason in list(Reason):
        return words.sentence(words.reason(call.reason)) + "."
    return call.reason


def foreseen_text(seen: Foreseen) -> list[tuple[str, str]]:
    """What was read of a pasted body, and whose it is: names with texts."""
    said, lead = seen.said, seen.lead
    amount = said.amount.money
    shown = words.money(amount) if amount else "can't be read" if said.amount.unreadable else ""
    reason = seen.became.reason
    told = {
        "Because": words.reason(reason) if reason in list(Reason) else "",
        "Lead": words.person(lead.name, lead.email, lead.customer) if lead else "",
        "Code": said.code,
        "Order": said.order,
        "Amount": shown,
        "Event": said.event if said.code else "",
        "Filter": "" if said.wanted else "not met",
        "Can't be read": said.unreadable or "",
    }
    return [(name, text) for name, text in told.items() if text]
