"""Files of the well-known products are told by their headings, others by what headings mean."""

from __future__ import annotations

import pytest

from goodword.model import ImportKind
from goodword.moving.products import has_heading, questions, recognise

R, L, W = ImportKind.REFERRERS, ImportKind.LEADS, ImportKind.REWARDS
CASES: dict[str, tuple[str, str, ImportKind, dict[str, str]]] = {
    "rewardful affiliates": (
        "id,first_name,last_name,email,token,visitors,leads,conversions,created_at,state",
        "Rewardful",
        R,
        {"email": "email", "code": "token", "first_name": "first_name", "joined": "created_at"},
    ),
    "rewardful template": (
        "stripe_customer_id,first_name,last_name,email,paypal_email,wise_email,token",
        "Rewardful",
        L,
        {"customer": "stripe_customer_id", "referrer_email": "email", "referrer_code": "token"},
    ),
    "rewardful referrals": (
        "id,link.token,affiliate.email,customer.email,customer.name,conversion_state,"
        "became_lead_at,became_conversion_at,stripe_customer_id",
        "Rewardful",
        L,
        {
            "email": "customer.email",
            "referrer_code": "link.token",
            "referrer_email": "affiliate.email",
            "status": "conversion_state",
            "joined": "became_lead_at",
            "converted": "became_conversion_at",
            "customer": "stripe_customer_id",
        },
    ),
    "rewardful commissions": (
        "id,amount,currency,state,due_at,paid_at,created_at,affiliate.email,customer.email",
        "Rewardful",
        W,
        {
            "id": "id",
            "amount": "amount",
            "currency": "currency",
            "status": "state",
            "due": "due_at",
            "paid": "paid_at",
            "earned": "created_at",
            "referrer_email": "affiliate.email",
            "email": "customer.email",
        },
    ),
    "firstpromoter promoters": (
        "id,email,first_name,last_name,ref_id,created_at",
        "FirstPromoter",
        R,
        {"email": "email", "code": "ref_id", "joined": "created_at"},
    ),
    "firstpromoter referrals": (
        "email,uid,state,promoter_email,created_at,customer_since",
        "FirstPromoter",
        L,
        {
            "email": "email",
            "customer": "uid",
            "referrer_email": "promoter_email",
            "converted": "customer_since",
            "joined": "created_at",
        },
    ),
    "firstpromoter commissions": (
        "id,status,commission_type,amount,unit,is_paid,created_at,promoter_email,referral_email",
        "FirstPromoter",
        W,
        {
            "status": "is_paid",
            "referrer_email": "promoter_email",
            "email": "referral_email",
            "unit": "unit",
            "earned": "created_at",
        },
    ),
    "growsurf participants": (
        "id,firstName,lastName,email,referralCount,shareUrl,referredBy,referralStatus,createdAt",
        "GrowSurf",
        R,
        {"email": "email", "code": "id", "first_name": "firstName", "joined": "createdAt"},
    ),
    "growsurf friends": (
        "id,firstName,lastName,email,referredBy,referralStatus,createdAt",
        "GrowSurf",
        L,
        {"email": "email", "referrer_code": "referredBy", "status": "referralStatus"},
    ),
    "tapfiliate affiliates": (
        "id,firstname,lastname,email,referral_code,created_at",
        "Tapfiliate",
        R,
        {"code": "referral_code", "more_codes": "id", "first_name": "firstname"},
    ),
    "tapfiliate conversions": (
        "id,external_id,amount,affiliate_id,customer_id,created_at",
        "Tapfiliate",
        L,
        {"order": "external_id", "referrer_code": "affiliate_id", "converted": "created_at"},
    ),
    "tapfiliate commissions": (
        "id,conversion_id,affiliate_id,amount,currency,paid,created_at",
        "Tapfiliate",
        W,
        {"referrer_code": "affiliate_id", "status": "paid", "earned": "created_at"},
    ),
    "referralcandy advocates": (
        "First Name,Last Name,Email,Referral Link",
        "ReferralCandy",
        R,
        {"email": "Email", "code": "Referral Link"},
    ),
    "referralcandy referrals": (
        "referring_email,referral_email,referral_timestamp,external_reference_id",
        "ReferralCandy",
        L,
        {
            "referrer_email": "referring_email",
            "email": "referral_email",
            "joined": "referral_timestamp",
            "order": "external_reference_id",
        },
    ),
    "referralcandy rewards": (
        "referring_email,referral_email,reward_type,amount,currency",
        "ReferralCandy",
        W,
        {"referrer_email": "referring_email", "email": "referral_email", "amount": "amount"},
    ),
    "referral factory users": (
        "id,first_name,email,code,url,referrals_count,qualified",
        "Referral Factory",
        R,
        {"email": "email", "code": "code", "first_name": "first_name"},
    ),
    "referral factory friends": (
        "First Name,Email,Email Address of the Referrer",
        "Referral Factory",
        L,
        {"email": "Email", "referrer_email": "Email Address of the Referrer"},
    ),
    "our own referrers": (
        "Referrer,Name,E-mail,Code,Link,Status,Joined (UTC),Visits,Referrals,Referrals Successful",
        "goodword",
        R,
        {"email": "E-mail", "code": "Code", "joined": "Joined (UTC)", "status": "Status"},
    ),
    "our own leads": (
        "Lead,Name,E-mail,Customer,Status,Reason,Referred by,Referrer's e-mail,Joined (UTC),"
        "Converted (UTC),Lead code",
        "goodword",
        L,
        {
            "email": "E-mail",
            "name": "Name",
            "customer": "Customer",
            "referrer_email": "Referrer's e-mail",
            "converted": "Converted (UTC)",
        },
    ),
    "nobody's": (
        "Mail;Vorname".replace(";", ","),
        "",
        R,
        {"email": "Mail"},
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_heading_tells_the_product_and_its_columns(
    case: tuple[str, str, ImportKind, dict[str, str]],
) -> None:
    line, product, kind, columns = case
    heading = line.split(",")
    guess = recognise(heading, [], "EUR")
    assert (guess.product, guess.plan.kind) == (product, kind)
    found = {name: heading[place] for name, place in guess.plan.columns.items()}
    assert found.items() >= columns.items()
    assert len(set(guess.plan.columns.values())) == len(guess.plan.columns)


def test_every_well_known_product_has_its_referrers_leads_and_rewards() -> None:
    there = {(product, kind) for _, product, kind, _ in CASES.values() if product}
    assert there >= {
        (product, kind)
        for product in ("Rewardful", "FirstPromoter", "Tapfiliate", "ReferralCandy")
        for kind in ImportKind
    } | {("GrowSurf", R), ("GrowSurf", L), ("Referral Factory", R), ("Referral Factory", L)}


def test_a_person_may_say_what_the_rows_are() -> None:
    heading = CASES["growsurf participants"][0].split(",")
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
