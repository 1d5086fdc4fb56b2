"""A friend who was not counted: the claim is kept, looked into, decided, and can be undone."""

from __future__ import annotations

from goodword.credits import record as credits
from goodword.credits.decide import MOST_OPEN, Filing
from goodword.lifecycle.credit import Given, ask_for_credit, decline_credit, give_credit
from goodword.lifecycle.credit_signs import Inquiry, look_into
from goodword.lifecycle.customers import add_customer
from goodword.lifecycle.deed import Done
from goodword.lifecycle.erase import erase
from goodword.model import CreditClaim, CreditStatus, LeadStatus, RewardStatus, read_amount
from lifecycle.test_replay import whole
from lifecycle.world import DAY, World

BOSS = "boss@example.com"
FRIEND = "grace@example.org"


async def asked(w: World, named: str = FRIEND, by: str = "page") -> CreditClaim:
    """Ada's claim."""
    what, _ = await ask_for_credit(w.context, w.campaign, w.ada.id, named, "In May", by)
    assert what is Filing.NEW
    return await newest(w)


async def newest(w: World) -> CreditClaim:
    async with w.context.storage.read() as db:
        return (await credits.of_referrer(db, w.campaign.id, w.ada.id))[0]


async def give(w: World, claim: CreditClaim, by: str = BOSS, **said: object) -> Done:
    given = Given(**said)  # type: ignore[arg-type]
    return await give_credit(w.context, w.campaign, claim.id, given, by)


async def looked(w: World, claim: CreditClaim) -> Inquiry:
    found = await look_into(w.context, w.campaign, claim.id)
    assert found is not None
    return found


async def test_credit_for_an_order_makes_the_lead_counts_the_order_and_owes_the_reward(
    w: World,
) -> None:
    claim = await asked(w)
    amount = read_amount("49.00", "EUR")
    done = await give(w, claim, email=FRIEND, name="Grace", order="1042", amount=amount)
    assert (done.changed, done.refused) == ((claim.id,), ())
    lead = await w.only_lead()
    assert (lead.email, lead.referrer_id, lead.status) == (FRIEND, w.ada.id, LeadStatus.QUALIFIED)
    [reward] = await w.rewards(lead.id)
    assert (reward.amount, reward.status) == (1000, RewardStatus.DUE)
    kept = await newest(w)
    assert (kept.status, kept.lead_id, kept.decided_by) == (CreditStatus.CREDITED, lead.id, BOSS)
    titles = [each.title for each in (await w.explain(lead.id)).timeline]
    assert "Missing credit given by hand" in titles
    await whole(w)


async def test_undo_takes_lead_and_order_back_and_the_claim_is_open_again(w: World) -> None:
    claim = await asked(w)
    done = await give(w, claim, email=FRIEND, order="1042")
    undone = await w.undo(done)
    assert undone.changed == (claim.id,)
    lead = await w.only_lead()
    assert lead.status is LeadStatus.REJECTED
    assert {each.status for each in await w.rewards(lead.id)} == {RewardStatus.CANCELLED}
    assert (await newest(w)).status is CreditStatus.OPEN
    again = await give(w, claim, email=FRIEND, order="1042")
    assert "reopen it first" in again.refused[0].why
    await whole(w)


async def test_without_an_order_the_word_of_the_admin_qualifies(w: World) -> None:
    done = await give(w, await asked(w), email=FRIEND, qualify=True)
    lead = await w.only_lead()
    assert lead.status is LeadStatus.QUALIFIED
    await w.undo(done)
    assert (await w.only_lead()).status is LeadStatus.REJECTED
    await whole(w)


async def test_a_lead_of_theirs_that_waited_qualifies_and_undo_lets_it_wait_again(w: World) -> None:
    visit = await w.visit()
    await w.sign_up(token=visit.token, email=FRIEND)
    done = await give(w, await asked(w), email=FRIEND, order="1042")
    assert (await w.only_lead()).status is LeadStatus.QUALIFIED
    await w.undo(done)
    assert (await w.only_lead()).status is LeadStatus.PENDING
    await whole(w)


async def test_what_is_anothers_stays_theirs(w: World) -> None:
    """By the address and by the order, however little Bob's own report proved."""
    bobs = await w.buyer("1042", w.bob, email=FRIEND)
    for said in ({"email": FRIEND}, {"order": "1042"}, {"email": "x@example.org", "order": "1042"}):
        done = await give(w, await asked(w, f"{said}"), **said)
        assert done.deed is None
        assert done.refused[0].why == "It is a lead of Bob already: a lead's referrer is fixed."
    assert [each.id for each in await w.leads()] == [bobs.id]
    [reward] = await w.rewards(bobs.id)
    assert (reward.referrer_id, reward.status) == (w.bob.id, RewardStatus.DUE)


async def test_what_a_check_rejects_makes_nothing_and_leaves_the_claim_open(w: World) -> None:
    await add_customer(w.context, w.campaign, "old@example.org", w.clock[0] - DAY, BOSS)
    for email, why in (
        ("Ada+2@example.com", "the e-mail is the referrer's own"),
        ("old@example.org", "customer"),
    ):
        done = await give(w, await asked(w, email), email=email, qualify=True)
        assert why in done.refused[0].why
        assert (await newest(w)).status is CreditStatus.OPEN
    assert await w.leads() == []
    assert await w.count("reports") == 0


async def test_nobody_gives_credit_to_themselves(w: World) -> None:
    claim = await asked(w)
    for own in ("ada@example.com", FRIEND):
        done = await give(w, claim, own, email=FRIEND, qualify=True)
        assert "own referral" in done.refused[0].why
    assert await w.leads() == []


async def test_declining_needs_a_reason_and_can_be_undone(w: World) -> None:
    claim = await asked(w)
    nothing = await decline_credit(w.context, w.campaign, claim.id, "", BOSS)
    assert nothing.deed is None
    done = await decline_credit(w.context, w.campaign, claim.id, "Bought before", BOSS)
    declined = await newest(w)
    assert (declined.status, declined.answer) == (CreditStatus.DECLINED, "Bought before")
    late = await give(w, claim, email=FRIEND, qualify=True)
    assert late.refused[0].why == "It was decided before."
    await w.undo(done)
    assert (await newest(w)).status is CreditStatus.OPEN


async def test_claims_are_few_and_the_same_is_asked_once(w: World) -> None:
    for n in range(MOST_OPEN):
        await asked(w, f"order-{n}")
    again, _ = await ask_for_credit(w.context, w.campaign, w.ada.id, "order-0", "", "page")
    more, _ = await ask_for_credit(w.context, w.campaign, w.ada.id, "order-9", "", "page")
    assert (again, more) == (Filing.KNOWN, Filing.TOO_MANY)
    assert await w.count("credit_claims") == MOST_OPEN
    bobs, _ = await ask_for_credit(w.context, w.campaign, w.bob.id, "order-0", "", "page")
    assert bobs is Filing.NEW


async def test_what_an_admin_wrote_down_can_be_withdrawn(w: World) -> None:
    _, done = await ask_for_credit(w.context, w.campaign, w.ada.id, FRIEND, "", BOSS)
    await w.undo(done)
    assert (await newest(w)).status is CreditStatus.WITHDRAWN
    await asked(w)


async def test_a_visit_by_the_link_from_the_same_browser_speaks_for_it(w: World) -> None:
    """The friend came by Ada's link, then by Bob's, and bought: the last touch is Bob's."""
    first = await w.visit()
    w.wait(2 * DAY)
    last = await w.visit(w.bob, token=first.token)
    await w.convert(token=last.token, order="1042", email=FRIEND)
    w.wait(DAY)
    by_email, by_order = await asked(w), await asked(w, "1042")
    for claim in (by_email, by_order):
        found = await looked(w, claim)
        lead = next(each for each in found.signs if each.kind == "Lead")
        assert (lead.own, lead.whose and lead.whose.id) == (False, w.bob.id)
        assert "It is qualified: it counts already." in lead.reasons
        [visit] = [each for each in found.signs if each.kind == "Visit"]
        assert visit.strong
        assert "2 days before" in visit.reasons[0]
        assert "same browser" in visit.reasons[1]
    assert (await looked(w, by_order)).amount == "49.00"


async def test_a_visit_with_nothing_in_common_and_one_too_old_are_less_likely(w: World) -> None:
    await w.visit(address="198.51.100.7")
    w.wait(70 * DAY)
    await w.visit(address="198.51.100.7")
    w.wait(DAY)
    await w.buyer("1042", w.bob, email=FRIEND)
    found = await looked(w, await asked(w))
    visits = [each for each in found.signs if each.kind == "Visit"]
    assert [each.strong for each in visits] == [False, False]
    assert "Longer ago than the campaign's window." in visits[1].reasons


async def test_a_refused_report_with_the_address_is_found(w: World) -> None:
    visit = await w.visit()
    w.wait(61 * DAY)
    await w.convert(token=visit.token, order="1042", email="Grace+shop@example.org")
    found = await looked(w, await asked(w))
    report = next(each for each in found.signs if each.kind == "Refused report")
    assert (report.own, report.strong) == (True, True)
    assert "It named this e-mail." in report.reasons


async def test_nobody_knows_of_it_is_said_of_nothing(w: World) -> None:
    found = await looked(w, await asked(w, "order-9"))
    assert (found.signs, found.order, found.email) == ([], "order-9", "")


async def test_who_is_forgotten_is_forgotten_in_claims(w: World) -> None:
    await asked(w)
    await give(w, await newest(w), email=FRIEND, qualify=True, answer="Thank you, Ada")
    await asked(w, "1042")
    await erase(w.context, FRIEND, BOSS)
    async with w.context.storage.read() as db:
        known = await credits.of_referrer(db, w.campaign.id, w.ada.id)
    assert [(each.named, each.said) for each in known] == [("1042", "In May"), ("erased", "")]
    await erase(w.context, "ada@example.com", BOSS)
    assert {((await newest(w)).named), (await newest(w)).said} == {"erased", ""}
