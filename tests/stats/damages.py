"""What somebody with a hand on the database may do to a ledger, and what must then be said."""

from __future__ import annotations

from dataclasses import dataclass

from goodword.storage.tables import metadata


@dataclass(frozen=True)
class Damage:
    """`row` is an expression for the id that must be named; `do` may use it as `:row`.

    `unchecked` is a table whose words for a status must not be checked.
    """

    invariant: str
    says: str
    row: str
    do: tuple[str, ...]
    unchecked: str = ""

    def __str__(self) -> str:
        return f"{self.invariant} {self.says}"


def _damage(invariant: str, says: str, row: str, *do: str, unchecked: str = "") -> Damage:
    return Damage(invariant, says, row, do, unchecked)


def _one(table: str, where: str) -> str:
    return f"(select min(id) from {table} where {where})"


def _set(table: str, values: str) -> str:
    return f"update {table} set {values} where id = :row"


def _untold(where: str) -> str:
    return f"delete from activity where {where}"


def _more(counter: str, change: str) -> str:
    return f"update {counter} set {change} where referrer_id = :row"


def _of_refunded(where: str) -> str:
    """A reward of its conversion's lead, of an order that was wholly refunded."""
    return (
        "(select min(r.id) from rewards r join conversions v on v.id = r.conversion_id"
        f" where v.lead_id = r.lead_id and v.reason = 'refunded' and {where})"
    )


def _copy(table: str, **instead: str) -> str:
    """Inserts the row `:row` once more, with other values for some columns."""
    names = [column.name for column in metadata.tables[table].columns]
    values = [instead.get(name, name) for name in names]
    return (
        f"insert into {table} ({', '.join(names)}) select {', '.join(values)}"
        f" from {table} where id = :row"
    )


_LEAD = "(select lead_id from rewards where id = :row)"
_UNQUALIFY = f"update leads set status = 'pending', converted_at = null where id = {_LEAD}"
DUE = _one("rewards", "status = 'due' and occasion = 'qualified' and step = 0 and unit = ''")
CONVERTED = _one("rewards", "status = 'due' and occasion = 'converted'")
STEP = _one("rewards", "status <> 'cancelled' and step > 0")
HELD = _one("rewards", "status = 'held'")
ISSUED = _one("rewards", "status = 'issued' and reverses is null and reversed = 0 and unit = ''")
TAKEN_BACK = _one("rewards", "reversed = amount and amount > 0")
REVERSAL = _one("rewards", "reverses is not null")
EARLY = _one("rewards", "status = 'issued' and reverses is null and issued_at < issue_after")
QUALIFIED = _one("leads", "status = 'qualified' and mode = 'live'")
PENDING = _one("leads", "status = 'pending' and mode = 'live'")
COUNTED = _one("conversions", "status = 'counted' and order_id is not null and mode = 'live'")
REFUNDED = _one("conversions", "reason = 'refunded'")
PARTLY = _one("conversions", "refunded > 0 and status = 'counted'")
REFUND = _one("refunds", "status = 'applied'")
ADA = "(select min(referrer_id) from lead_counts where referrer_id <> '')"
CAMPAIGN = "(select id from campaigns)"


DAMAGES = [
    # I1: once for each occasion
    _damage(
        "I1",
        "live rewards of one rule for the same occasion of a lead",
        DUE,
        "drop index uq_rewards_occasion",
        _copy("rewards", id="'rwd_zzz'"),
    ),
    _damage(
        "I1",
        "live rewards of one rule for the same conversion",
        CONVERTED,
        "drop index uq_rewards_conversion",
        _copy("rewards", id="'rwd_zzz'"),
    ),
    _damage(
        "I1",
        "live rewards of one rule for the same step of a referrer",
        STEP,
        "drop index uq_rewards_step",
        _copy("rewards", id="'rwd_zzz'"),
    ),
    _damage(
        "I1",
        "conversions counted for one order",
        COUNTED,
        "drop index uq_conversions_order_counted",
        "drop index uq_conversions_order_of_lead",
        _copy("conversions", id="'conv_zzz'"),
    ),
    # I2: what was taken back
    _damage("I2", "a reversal is negative", REVERSAL, _set("rewards", "amount = 5")),
    _damage("I2", "but reverses nothing", DUE, _set("rewards", "amount = -5")),
    _damage("I2", "but its status is failed", REVERSAL, _set("rewards", "status = 'failed'")),
    _damage("I2", "itself a reversal", REVERSAL, _set("rewards", "reverses = id")),
    _damage("I2", "which was never issued", REVERSAL, _set("rewards", f"reverses = {DUE}")),
    _damage(
        "I2",
        "which is of another lead, currency or unit",
        REVERSAL,
        _set("rewards", "currency = 'USD'"),
    ),
    _damage(
        "I2",
        "its reversals add up to",
        _one("rewards", "reversed > 0 and reversed < amount"),
        _set("rewards", "reversed = reversed - 1"),
    ),
    _damage(
        "I2", "its reversals add up to 0", TAKEN_BACK, "delete from rewards where reverses = :row"
    ),
    _damage("I2", "of it was taken back", TAKEN_BACK, _set("rewards", "reversed = amount + 1")),
    # I3: who qualified
    _damage(
        "I3",
        "which is pending",
        DUE,
        _UNQUALIFY,
    ),
    _damage(
        "I3",
        "is issued for the lead",
        ISSUED,
        _UNQUALIFY,
        _untold(f"type in ('lead.unqualified', 'lead.rejected') and lead_id = {_LEAD}"),
    ),
    _damage(
        "I3",
        "no line of the log says by what",
        QUALIFIED,
        _untold("type = 'lead.qualified' and lead_id = :row"),
    ),
    _damage("I3", "but not since when", QUALIFIED, _set("leads", "converted_at = null")),
    _damage(
        "I3", "has a time at which it converted", PENDING, _set("leads", "converted_at = joined_at")
    ),
    _damage("I3", "but for no lead", COUNTED, _set("conversions", "lead_id = null")),
    # I4: what went back to the buyer
    _damage(
        "I4",
        "the whole of it was refunded",
        REFUNDED,
        _set("conversions", "status = 'counted', reason = null"),
    ),
    _damage("I4", "its refunds add up to 2000", PARTLY, _set("conversions", "refunded = 0")),
    _damage(
        "I4",
        "which was wholly refunded",
        _of_refunded("r.status = 'cancelled'"),
        _set("rewards", "status = 'due'"),
    ),
    _damage(
        "I4",
        "and not reversed",
        _of_refunded("r.reversed > 0"),
        _set("rewards", "reversed = 0"),
    ),
    _damage("I4", "to no conversion", REFUND, _set("refunds", "conversion_id = null")),
    # I5: words and moves
    *(
        _damage(
            "I5",
            "no word of ours",
            row,
            _set(table, "status = 'lost'"),
            unchecked=table,
        )
        for (table, row) in (("leads", QUALIFIED), ("rewards", DUE), ("conversions", COUNTED))
    ),
    _damage("I5", "does not follow from the log", DUE, _set("rewards", "status = 'cancelled'")),
    _damage(
        "I5",
        "is issued, which does not follow from the log: held",
        HELD,
        _set("rewards", "status = 'issued'"),
        _untold("type = 'reward.due' and reward_id = :row"),
    ),
    _damage(
        "I5",
        "is rejected, which does not follow from the log",
        PENDING,
        _set("leads", "status = 'rejected'"),
    ),
    # I6: not before its time
    _damage(
        "I6",
        "was issued before its time",
        EARLY,
        "update activity set data = '{}' where type = 'reward.issued' and reward_id = :row",
    ),
    _damage("I6", "not since when", ISSUED, _set("rewards", "issued_at = null")),
    _damage("I6", "has a time of issue", DUE, _set("rewards", "issued_at = 1")),
    # I7: the log
    _damage(
        "I7",
        "is in no line of the log as created",
        PENDING,
        _untold("lead_id = :row"),
    ),
    _damage("I7", "is in no line of the log", DUE, _untold("reward_id = :row")),
    _damage(
        "I7",
        "is in no line of the log as a reversal",
        REVERSAL,
        _untold("reward_id = :row"),
    ),
    _damage("I7", "is in no line of the log", COUNTED, _untold("conversion_id = :row")),
    # I8: counters
    _damage(
        "I8",
        "joined and",
        ADA,
        _more("lead_counts", "joined = joined + 1"),
    ),
    _damage(
        "I8",
        "qualified, a recount finds",
        ADA,
        _more("lead_counts", "qualified = qualified - 1"),
    ),
    _damage("I8", "joined and", ADA, "delete from lead_counts where referrer_id = :row"),
    _damage(
        "I8",
        "rewards due in 'EUR'",
        ADA,
        _more("reward_sums", "amount = amount + 1"),
    ),
    _damage(
        "I8",
        "rewards due in 'free month'",
        ADA,
        _more("reward_sums", "rewards = rewards + 1"),
    ),
    _damage("I8", "visits", ADA, _more("visits", "hits = hits + 1")),
    _damage("I8", "visits", ADA, "delete from visits where referrer_id = :row"),
    _damage(
        "I8",
        "altogether, its referrers' counters add up to",
        CAMPAIGN,
        "update lead_counts set joined = joined + 1 where referrer_id = ''",
    ),
    _damage(
        "I8",
        "due in 'EUR' counts",
        CAMPAIGN,
        "update reward_sums set amount = amount - 1 where referrer_id = ''",
    ),
    _damage(
        "I8",
        "altogether, its referrers' counters add up to",
        CAMPAIGN,
        "update visits set hits = hits + 1 where referrer_id = ''",
    ),
    _damage("I8", "its days add up to", ADA, _more("lead_months", "joined = joined + 1")),
    _damage(
        "I8",
        "a month without days counts",
        ADA,
        "update lead_months set month = month + 5 where referrer_id = :row",
    ),
    _damage(
        "I8",
        "due that may go out in 'EUR'",
        CAMPAIGN,
        "update due_sums set rewards = rewards + 1 where currency = 'EUR'",
    ),
    _damage(
        "I8",
        "is found by other texts than its name and e-mail",
        _one("leads", "mode = 'live' and email is not null"),
        "delete from lead_search where lead_id = :row",
    ),
    _damage(
        "I8",
        "is found by other texts than its name and e-mail",
        _one("referrers", "mode = 'live'"),
        "update referrer_search set text = 'eve' where text ="
        " (select max(text) from referrer_search where referrer_id = :row)",
    ),
    _damage(
        "I7",
        "that names nothing it was done to",
        _one("deeds", "subject = 'reward'"),
        _set("deeds", "items = '{}'"),
    ),
    # I9: what is named is there
    _damage(
        "I9",
        "as its referrer_id, which is not there",
        _one("leads", "referrer_id = (select min(referrer_id) from leads)"),
        "delete from referrers where id = (select referrer_id from leads where id = :row)",
    ),
    _damage(
        "I9",
        "of hits names",
        _one("hits", "mode = 'live'"),
        _set("hits", "referrer_id = 'ref_gone'"),
    ),
    _damage(
        "I9",
        "of leads names hit_gone as its hit_id",
        QUALIFIED,
        _set("leads", "hit_id = 'hit_gone'"),
    ),
    _damage(
        "I9",
        "of rewards names",
        DUE,
        "delete from leads where id = (select lead_id from rewards where id = :row)",
    ),
    _damage(
        "I9",
        "of rewards names rwd_gone as its reverses",
        REVERSAL,
        _set("rewards", "reverses = 'rwd_gone'"),
    ),
    _damage("I9", "as its rule_id", DUE, _set("rewards", "rule_version = 99")),
    _damage(
        "I9",
        "of coupons names rwd_gone",
        "'rwd_gone'",
        "update coupons set reward_id = :row"
        " where code = (select min(code) from coupons where reward_id is not null)",
    ),
    _damage(
        "I9",
        "as its undoes",
        _one("deeds", "undoes is not null"),
        "delete from deeds where id = (select undoes from deeds where id = :row)",
    ),
    # I10: money
    _damage("I10", "neither a currency nor a unit", DUE, _set("rewards", "currency = ''")),
    _damage("I10", "both of a currency and of a unit", DUE, _set("rewards", "unit = 'free month'")),
    _damage("I10", "'QQQ', which ISO 4217 does not know", DUE, _set("rewards", "currency = 'QQQ'")),
    _damage(
        "I10",
        "'eur', which ISO 4217 does not know",
        COUNTED,
        _set("conversions", "currency = 'eur'"),
    ),
    _damage("I10", "without a currency", COUNTED, _set("conversions", "currency = null")),
    _damage("I10", "the negative amount -1", COUNTED, _set("conversions", "amount = -1")),
    _damage(
        "I10",
        "without a currency",
        _one("refunds", "amount is not null"),
        _set("refunds", "currency = null"),
    ),
]
