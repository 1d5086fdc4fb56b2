"""What each row of a file comes to here, told against what is known and the rows before it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.lifecycle.move_known import Known, know, own_code
from goodword.model import Campaign, Import, ImportRow, Lead, LeadStatus, RowVerdict
from goodword.moving import record as imports
from goodword.moving.fields import Plan
from goodword.moving.record import Claimed, Numbered
from goodword.moving.rows import Left, Owed, Parsed, Referred, Referring, Wrong, read_row
from goodword.referrers.decide import LONGEST_OLD_CODE, read_old_code, spellings
from goodword.referrers.many import Person
from goodword.rewards import many as rewards


@dataclass(frozen=True, slots=True)
class Judged:
    """A row, what it comes to, and whom it means. `codes` are to be given to the referrer;
    `lead` is there already, or else made under the key `friend`."""

    row: ImportRow
    parsed: Parsed | None = None
    referrer: Person | None = None
    codes: tuple[str, ...] = ()
    lead: Lead | None = None
    friend: str = ""
    conversion_id: str | None = None


Read = tuple[int, Parsed | Wrong]
"""The number of a row, and what it says, or what is wrong with it."""


def read_rows(plan: Plan, rows: Sequence[Numbered], now: int) -> list[Read]:
    """What the rows say by themselves."""
    read: list[Read] = []
    for number, cells in rows:
        try:
            read.append((number, read_row(plan, cells, now)))
        except Wrong as wrong:
            read.append((number, wrong))
    return read


async def judge(
    db: AsyncConnection,
    campaign: Campaign,
    job: Import,
    plan: Plan,
    read: Sequence[Read],
    given: dict[int, str] | None = None,
) -> tuple[list[Judged], Known]:
    """What the rows come to, in their order, and the keys they claim.

    `given` has the keys of rows that were judged before and are now to be written.
    """
    parsed = [each for _, each in read if not isinstance(each, Wrong)]
    keys = [key for each in parsed for key in _keys(plan, each)]
    own = [key for each in parsed if isinstance(each, Owed) for key in (_print(each),)]
    reward_keys = list((given or {}).values()) or [f"{key}#1" for key in own]
    known = await know(db, campaign, job, plan, parsed, keys, reward_keys)
    judging = _Judging(db, campaign, job, plan, known, given or {})
    return [await judging.of(number, each) for number, each in read], known


def _keys(plan: Plan, row: Parsed) -> list[str]:
    """Under what later rows of the file would be the same again."""
    if isinstance(row, Referring):
        codes = [read_old_code(code, plan.capitals) for code in row.codes]
        return [f"person:{row.canonical}", *(f"code:{code}" for code in codes if code)]
    keys = _friend_keys(row)
    if row.order:
        keys.append(f"order:{row.order}")
    if isinstance(row, Referred):
        return keys
    return [*keys, f"{_print(row)}#1", *(_joining(each, row) for each in _friend_keys(row)[:1])]


def _friend_keys(row: Referred | Owed) -> list[str]:
    keys = [f"email:{row.canonical}"] if row.canonical else []
    return [*keys, f"customer:{row.customer}"] if row.customer else keys


def _joining(friend: str, row: Owed) -> str:
    return f"joined:{friend}:{row.recipient}"


def _print(row: Owed) -> str:
    """How the same reward is known in another file: by its id there, or by all that it says."""
    if row.id:
        return f"id:{row.id}"
    who = (row.code, row.referrer, row.canonical, row.customer, row.recipient)
    what = (row.amount, row.currency, row.unit, row.earned, row.order)
    return hashlib.sha256("|".join(map(str, (*who, *what))).encode()).hexdigest()[:32]


class _Judging:
    """Goes through rows one after the other: each may claim what no later one may have."""

    def __init__(
        self,
        db: AsyncConnection,
        campaign: Campaign,
        job: Import,
        plan: Plan,
        known: Known,
        given: dict[int, str],
    ) -> None:
        self._db = db
        self._campaign = campaign
        self._job = job
        self._plan = plan
        self._known = known
        self._given = given
        self._times: dict[str, int] = {}

    async def of(self, number: int, row: Parsed | Wrong) -> Judged:
        try:
            if isinstance(row, Wrong):
                raise row
            if isinstance(row, Referring):
                return self._referring(number, row)
            if isinstance(row, Referred):
                return self._referred(number, row)
            return await self._owed(number, row)
        except Left as left:
            told = ImportRow(
                number=number, verdict=RowVerdict.LEFT, column=left.column, detail=str(left)
            )
        except Wrong as wrong:
            told = ImportRow(
                number=number, verdict=RowVerdict.WRONG, column=wrong.column, detail=str(wrong)
            )
        return Judged(told)

    # Who refers

    def _referring(self, number: int, row: Referring) -> Judged:
        here = self._known.by_email.get(row.canonical)
        before = self._known.taken(f"person:{row.canonical}", number)
        codes = tuple(self._new_codes(row, here, number))
        if (here or before) and not codes:
            raise Left("email", _again(before) if before else "they are here already")
        self._known.claim(f"person:{row.canonical}", number)
        for code in codes:
            self._known.claim(f"code:{code}", number, row.canonical)
        verdict = RowVerdict.KNOWN if here or before else RowVerdict.NEW
        detail = ""
        if verdict is RowVerdict.KNOWN:
            who = _again(before) if before else "they are here already"
            detail = f"{who}: the code {', '.join(codes)} is added"
        return Judged(
            ImportRow(number=number, verdict=verdict, detail=detail), row, here, codes=codes
        )

    def _new_codes(self, row: Referring, here: Person | None, number: int) -> list[str]:
        """The codes, as they are kept, that the person does not have yet."""
        new = dict[str, None]()
        for said in row.codes:
            code = read_old_code(said, self._plan.capitals)
            if code is None:
                raise Wrong(
                    "code",
                    f"“{said[:80]}” can't be a code: up to {LONGEST_OLD_CODE} letters, digits"
                    " and - _ . ~ @ + ! * $ :",
                )
            owner = self._known.by_code.get(said) if own_code(self._campaign, said) else None
            owner = owner or self._known.by_code.get(code)
            if own_code(self._campaign, said) and (owner is None or owner != here):
                raise Wrong("code", f"“{said}” is a signed code of this campaign")
            if owner is not None and (here is None or owner.id != here.id):
                raise Wrong("code", f"“{said}” is the code of another referrer here")
            before = self._known.taken(f"code:{code}", number)
            if before is not None and before.whose != row.canonical:
                raise Wrong("code", self._twice(said, before.number))
            if owner is None and before is None:
                new[code] = None
        return list(new)

    def _twice(self, code: str, number: int) -> str:
        told = f"“{code}” is the code of row {number:,} too, who is somebody else"
        if not self._plan.capitals and code != code.lower():
            return f"{told}; if they differ in capitals, say above that capitals matter"
        return told

    # Who was referred

    def _referrer(self, row: Referred | Owed) -> Person | None:
        """Whom the row names as the referrer; None where it names nobody."""
        found = None
        if row.code:
            own = self._known.by_code.get(row.code) if own_code(self._campaign, row.code) else None
            aliases = (self._known.by_code.get(alias) for alias in spellings(row.code))
            found = own or next((each for each in aliases if each is not None), None)
            if found is None and not row.referrer:
                raise Wrong(
                    "referrer_code",
                    f"no referrer here has the code “{row.code[:80]}”: bring the referrers in"
                    " first",
                )
        by_email = self._known.by_email.get(row.referrer) if row.referrer else None
        if row.referrer and by_email is None and found is None:
            raise Wrong(
                "referrer_email",
                "no referrer here has this e-mail: bring the referrers in first",
            )
        if found and by_email and found.id != by_email.id:
            raise Wrong("referrer_email", "its code and its e-mail are of two referrers")
        return found or by_email

    def _lead(self, row: Referred | Owed) -> Lead | None:
        by_email = self._known.lead_by_email.get(row.canonical) if row.canonical else None
        by_customer = self._known.lead_by_customer.get(row.customer) if row.customer else None
        if by_email and by_customer and by_email.id != by_customer.id:
            raise Wrong("customer", "its e-mail and its customer id are of two leads here")
        return by_email or by_customer

    def _referred(self, number: int, row: Referred) -> Judged:
        referrer = self._referrer(row)
        if referrer is None:
            raise Left("referrer_code", "nobody referred them")
        if row.canonical and row.canonical == referrer.email_canonical:
            raise Left("email", "it is the referrer's own e-mail")
        lead = self._lead(row)
        if lead is not None:
            other = "" if lead.referrer_id == referrer.id else ", of another referrer"
            raise Left("email", f"they are a lead here already{other}")
        for key in _friend_keys(row):
            if before := self._known.taken(key, number):
                raise Left(key.partition(":")[0], _again(before))
        self._order(number, row)
        for key in (*_friend_keys(row), *([f"order:{row.order}"] if row.order else [])):
            self._known.claim(key, number, referrer.id)
        return Judged(ImportRow(number=number, verdict=RowVerdict.NEW), row, referrer)

    def _order(self, number: int, row: Referred) -> None:
        if not row.order:
            return
        if row.order in self._known.orders:
            raise Wrong("order", "the order is known here already, of another lead")
        if before := self._known.taken(f"order:{row.order}", number):
            raise Wrong("order", f"it is the order of row {before.number:,} too")

    # What is owed

    async def _owed(self, number: int, row: Owed) -> Judged:
        key = self._given.get(number) or await self._key(number, row)
        if key in self._known.rewards:
            raise Left("id", "it moved in before")
        referrer, lead = self._referrer(row), self._lead(row)
        friend, whose = self._friend(number, row)
        if lead is not None:
            referrer = self._of_lead(row, referrer, lead)
        elif whose:
            if referrer is not None and referrer.id != whose:
                raise Wrong("referrer_email", "an earlier row says another referrer of this friend")
        elif referrer is None:
            raise Wrong("email", "its friend is no lead here, and it names no referrer")
        conversion_id = self._conversion(number, row, lead, friend)
        if lead is not None and lead.status is LeadStatus.PENDING:
            self._for_joining(number, row, friend)
        for each in _friend_keys(row) or [friend]:
            self._known.claim(each, number, whose or (referrer.id if referrer else ""))
        told = ImportRow(number=number, verdict=RowVerdict.NEW, key=key)
        if lead is None and not whose:
            told = replace(told, detail="its friend becomes a lead")
        return Judged(told, row, referrer, lead=lead, friend=friend, conversion_id=conversion_id)

    def _for_joining(self, number: int, row: Owed, friend: str) -> None:
        """A lead that has not qualified earned by joining, and that once."""
        key = _joining(friend, row)
        if before := self._known.taken(key, number):
            raise Wrong(
                "email",
                "its friend has not qualified here, and can have one reward for joining: that of"
                f" row {before.number:,}",
            )
        self._known.claim(key, number)

    async def _key(self, number: int, row: Owed) -> str:
        """The row's own key: the second of two that say the same is another reward."""
        print_ = _print(row)
        before = self._known.taken(f"{print_}#1", number)
        if before is not None and row.id:
            raise Left("id", f"it is the reward of row {before.number:,}")
        key = f"{print_}#1" if before is None else await self._next(print_)
        self._times[print_] = int(key.rpartition("#")[2])
        self._known.claim(key, number)
        return key

    async def _next(self, print_: str) -> str:
        """The key of one more reward that says the same as earlier rows."""
        if print_ not in self._times:
            self._times[print_] = await imports.times(self._db, self._job, print_)
        key = f"{print_}#{self._times[print_] + 1}"
        if await rewards.known_keys(self._db, self._campaign.id, [key]):
            self._known.rewards.add(key)
        return key

    def _friend(self, number: int, row: Owed) -> tuple[str, str]:
        """The key of the friend, and the id of the referrer that an earlier row says of them."""
        keys = _friend_keys(row)
        found = (self._known.taken(key, number) for key in keys)
        before = next((each for each in found if each is not None), None)
        return keys[0] if keys else f"unnamed:{number}", before.whose if before else ""

    def _of_lead(self, row: Owed, referrer: Person | None, lead: Lead) -> Person:
        if referrer is not None and referrer.id != lead.referrer_id:
            raise Wrong("referrer_email", "its friend is a lead of another referrer here")
        if lead.status is LeadStatus.REJECTED:
            raise Left("email", "its friend is rejected here: nothing is owed for them")
        return self._known.referrer_of_lead[lead.referrer_id]

    def _conversion(self, number: int, row: Owed, lead: Lead | None, friend: str) -> str | None:
        """The conversion of the row's order, where there is one: it must be the friend's."""
        before = self._known.taken(f"order:{row.order}", number) if row.order else None
        if before is not None and before.whose != friend:
            raise Wrong("order", f"it is the order of row {before.number:,}, of another friend")
        if row.order:
            self._known.claim(f"order:{row.order}", number, friend)
        known = self._known.orders.get(row.order) if row.order else None
        if known is not None and (lead is None or known.lead_id != lead.id):
            raise Wrong("order", "the order is another lead's here")
        return known.id if known else None


def _again(before: Claimed) -> str:
    return f"the same as row {before.number:,}"
