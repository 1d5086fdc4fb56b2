"""Files of the well-known products are told by their headings, others by what headings mean."""

from __future__ import annotations

import pytest

from goodword.model import ImportKind
from goodword.moving.products import has_heading, questions, recognise

R, L = ImportKind.REFERRERS, ImportKind.LEADS
CASES = (
    (
        "Rewardful referrers",
        "id,first_name,last_name,email,token,visitors,leads,conversions,created_at,state",
        "email=email, code=token, first_name=first_name, joined=created_at",
    ),
    (
        "Rewardful leads",
        "stripe_customer_id,first_name,last_name,email,paypal_email,wise_email,token",
        "customer=stripe_customer_id, referrer_email=email, referrer_code=token",
    ),
    (
        "Rewardful leads",
        "id,link.token,affiliate.email,customer.email,customer.name,conversion_state,"
        "became_lead_at,became_conversion_at,stripe_customer_id",
        "email=customer.email, referrer_code=link.token, referrer_email=affiliate.email, "
        "status=conversion_state, joined=became_lead_at, converted=became_conversion_at, "
        "customer=stripe_customer_id",
    ),
    (
        "Rewardful rewards",
        "id,amount,currency,state,due_at,paid_at,created_at,affiliate.email,customer.email",
        "id=id, amount=amount, currency=currency, status=state, due=due_at, paid=paid_at, "
        "earned=created_at, referrer_email=affiliate.email, email=customer.email",
    ),
    (
        "FirstPromoter referrers",
        "id,email,first_name,last_name,ref_id,created_at",
        "email=email, code=ref_id, joined=created_at",
    ),
    (
        "FirstPromoter leads",
        "email,uid,state,promoter_email,created_at,customer_since",
        "email=email, customer=uid, referrer_email=promoter_email, converted=customer_since, "
        "joined=created_at",
    ),
    (
        "FirstPromoter rewards",
        "id,status,commission_type,amount,unit,is_paid,created_at,promoter_email,referral_email",
        "status=is_paid, referrer_email=promoter_email, email=referral_email, unit=unit, "
        "earned=created_at",
    ),
    (
        "GrowSurf referrers",
        "id,firstName,lastName,email,referralCount,shareUrl,referredBy,referralStatus,createdAt",
        "email=email, code=id, first_name=firstName, joined=createdAt",
    ),
    (
        "GrowSurf leads",
        "id,firstName,lastName,email,referredBy,referralStatus,createdAt",
        "email=email, referrer_code=referredBy, status=referralStatus",
    ),
    (
        "Tapfiliate referrers",
        "id,firstname,lastname,email,referral_code,created_at",
        "code=referral_code, more_codes=id, first_name=firstname",
    ),
    (
        "Tapfiliate leads",
        "id,external_id,amount,affiliate_id,customer_id,created_at",
        "order=external_id, referrer_code=affiliate_id, converted=created_at",
    ),
    (
        "Tapfiliate rewards",
        "id,conversion_id,affiliate_id,amount,currency,paid,created_at",
        "referrer_code=affiliate_id, status=paid, earned=created_at",
    ),
    (
        "ReferralCandy referrers",
        "First Name,Last Name,Email,Referral Link",
        "email=Email, code=Referral Link",
    ),
    (
        "ReferralCandy leads",
        "referring_email,referral_email,referral_timestamp,external_reference_id",
        "referrer_email=referring_email, email=referral_email, joined=referral_timestamp, "
        "order=external_reference_id",
    ),
    (
        "ReferralCandy rewards",
        "referring_email,referral_email,reward_type,amount,currency",
        "referrer_email=referring_email, email=referral_email, amount=amount",
    ),
    (
        "Referral Factory referrers",
        "id,first_name,email,code,url,referrals_count,qualified",
        "email=email, code=code, first_name=first_name",
    ),
    (
        "Referral Factory leads",
        "First Name,Email,Email Address of the Referrer",
        "email=Email, referrer_email=Email Address of the Referrer",
    ),
    (
        "goodword referrers",
        "Referrer,Name,E-mail,Code,Link,Status,Joined (UTC),Visits,Referrals,Referrals Successful",
        "email=E-mail, code=Code, joined=Joined (UTC), status=Status",
    ),
    (
        "goodword leads",
        "Lead,Name,E-mail,Customer,Status,Reason,Referred by,Referrer's e-mail,Joined (UTC),"
        "Converted (UTC),Lead code",
        "email=E-mail, name=Name, customer=Customer, referrer_email=Referrer's e-mail, "
        "converted=Converted (UTC)",
    ),
    (
        " referrers",
        "Mail,Vorname",
        "email=Mail",
    ),
)
"""The product and the kind of a file, its heading, and what must be found in it."""


@pytest.mark.parametrize(("told", "line", "columns"), CASES, ids=[case[0] for case in CASES])
def test_a_heading_tells_the_product_and_its_columns(told: str, line: str, columns: str) -> None:
    heading = line.split(",")
    guess = recognise(heading, [], "EUR")
    assert f"{guess.product} {guess.plan.kind}" == told
    found = {f"{name}={heading[place]}" for name, place in guess.plan.columns.items()}
    assert found >= set(columns.split(", "))
    assert len(set(guess.plan.columns.values())) == len(guess.plan.columns)


def test_every_well_known_product_has_its_referrers_leads_and_rewards() -> None:
    whole = ("Rewardful", "FirstPromoter", "Tapfiliate", "ReferralCandy")
    wanted = {f"{product} {kind}" for product in whole for kind in ImportKind}
    wanted |= {f"{each} {kind}" for each in ("GrowSurf", "Referral Factory") for kind in (R, L)}
    assert {told for told, _, _ in CASES} >= wanted


def test_a_person_may_say_what_the_rows_are() -> None:
    heading = ["id", "email", "referralCount", "shareUrl", "referredBy", "referralStatus"]
    guess = recognise(heading, [], "EUR", "leads")
    assert (guess.product, guess.plan.kind) == ("GrowSurf", L)
    assert heading[guess.plan.columns["referrer_code"]] == "referredBy"


def test_old_links_carry_the_products_own_parameter() -> None:
    assert recognise(["id", "email", "shareUrl", "referralCount"], [], "EUR").plan.params == (
        "grsf",
    )


def test_what_only_a_person_knows_is_asked() -> None:
    heading = ["email", "referrer email", "created_at", "amount"]
    sample = [["a@x.example", "b@x.example", "01/02/2026", "1,234"]]
    plan = recognise(heading, sample, "EUR", "leads").plan
    assert set(questions(plan, sample)) == {"dates", "decimal"}
    assert questions(plan, [["a@x.example", "b@x.example", "31/02/2026", "12.00"]]) == ()


def test_a_first_row_with_an_address_is_no_heading() -> None:
    assert not has_heading(["Ada", "ada@x.example"])
    assert has_heading(["Name", "E-mail"])
