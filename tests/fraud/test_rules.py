"""The checks on existing customers, and on a field that no person sees."""

from __future__ import annotations

from goodword.fraud.decide import examine, strongest
from goodword.fraud.rules import ON_CONVERSION, ON_LEAD, Facts
from goodword.model import Reason, Verdict


def test_an_existing_customer_is_rejected_as_a_lead_and_at_a_conversion() -> None:
    facts = Facts(email="cy@example.org", was_customer=True)
    for rules in (ON_LEAD, ON_CONVERSION):
        found = examine(rules, facts)
        assert strongest(found, Verdict.REJECT) is Reason.EXISTING_CUSTOMER


def test_a_test_run_skips_it() -> None:
    assert examine(ON_LEAD, Facts(was_customer=True, test=True)) == []


def test_who_refers_themselves_is_told_that_first() -> None:
    facts = Facts(email="ada@example.com", referrer_email="ada@example.com", was_customer=True)
    assert strongest(examine(ON_LEAD, facts), Verdict.REJECT) is Reason.SELF_REFERRAL


def test_a_field_that_no_person_sees_holds_a_lead_and_rejects_nobody() -> None:
    [found] = examine(ON_LEAD, Facts(email="cy@example.org", honeypot=True))
    assert (found.check, found.verdict) == (Reason.HONEYPOT, Verdict.HOLD)
