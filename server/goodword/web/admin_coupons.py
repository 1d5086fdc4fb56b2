"""Set-up > Coupons: pools of codes, how many are left, and where new ones are uploaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from goodword.campaigns.decide import BadCampaign
from goodword.lifecycle.context import Context
from goodword.lifecycle.deed import Done
from goodword.lifecycle.stock import stock_coupons
from goodword.model import Campaign, Kind
from goodword.rewards import coupons
from goodword.rewards.decide import runs_low
from goodword.stats.waiting import rewards_without_code
from goodword.web.admin_desk import Desk, read_text
from goodword.web.admin_forms import Form
from goodword.web.admin_undo import after, banner_of
from goodword.web.coupon_file import COUNTS, Read, read_codes, report
from goodword.web.session import form_of, logged_in, require_admin, require_manager
from goodword.web.upload import file_of, takes_file

_HERE = "/admin/coupons"
_FIELDS = ("pool", "codes", "file")


@dataclass(frozen=True, slots=True)
class PoolLine:
    """A pool as the page shows it. `waiting` is how many open rewards have no code yet; `used`
    says whether an active rule takes from it."""

    name: str
    left: int
    given: int
    waiting: int
    used: bool

    @property
    def low(self) -> bool:
        return runs_low(self.left, self.waiting, self.used)


def pool_lines(
    campaign: Campaign, found: Sequence[coupons.Pool], waiting: Mapping[str, int]
) -> list[PoolLine]:
    """Every pool that has codes, or that a rule or a reward asks for, by name."""
    used = {rule.pool for rule in campaign.rules if rule.kind is Kind.COUPON}
    stock = {each.pool: each for each in found}
    names = sorted({*stock, *used, *waiting})
    empty = {name: stock.get(name, coupons.Pool(name, 0, 0)) for name in names}
    return [
        PoolLine(name, pool.left, pool.given, waiting.get(name, 0), name in used)
        for name, pool in empty.items()
    ]


async def read_pools(context: Context, campaign: Campaign) -> list[PoolLine]:
    async with context.storage.read() as db:
        found = await coupons.pools(db, campaign.id)
        waiting = await rewards_without_code(db, campaign.id)
    return pool_lines(campaign, found, waiting)


class CouponPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        return [
            Route(_HERE, self.show, methods=["GET"]),
            Route(_HERE, self.upload, methods=["POST"]),
        ]

    @require_admin
    async def show(self, request: Request) -> Response:
        campaign = await self._desk.campaign_of(request)
        if campaign is None:
            return self._desk.welcome(request)
        form = Form(dict.fromkeys(_FIELDS, ""))
        form.values["pool"] = read_text(request.query_params.get("pool", ""))
        return await self._page(request, campaign, form)

    async def _page(self, request: Request, campaign: Campaign, form: Form) -> Response:
        values = {
            "form": form,
            "pools": await read_pools(self._desk.context, campaign),
            "said": _told(request.query_params),
            "did": await banner_of(self._desk, request, campaign),
        }
        status = 422 if form.errors else 200
        return self._desk.page(
            request, "coupons.html", campaign, values, place="/admin/set-up", status=status
        )

    @takes_file
    @require_manager
    async def upload(self, request: Request) -> Response:
        sent = await form_of(request)
        campaign = await self._desk.campaign_in(sent)
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        form = Form({name: sent.get(name, "") for name in _FIELDS})
        read = read_codes(await file_of(request, "file") or form.values["codes"].encode())
        pool = read_text(form.values["pool"])
        if not self._usable(form, read) or read is None:
            return await self._page(request, campaign, form)
        try:
            by = logged_in(request).email
            done = await stock_coupons(self._desk.context, campaign, pool, read.codes, by)
        except BadCampaign as error:
            form.refuse(error.field, str(error))
            return await self._page(request, campaign, form)
        left = {"new": done.new, "known": done.known, "twice": read.twice, "long": read.long}
        left |= {"control": read.control, "empty": read.empty}
        here = {"campaign": campaign.id, "pool": pool, **left}
        return after(request, f"{_HERE}?{urlencode(here)}", Done(done.deed))

    @staticmethod
    def _usable(form: Form, read: Read | None) -> bool:
        if read is None:
            form.refuse("file", "this is no text file: save it as text or CSV in UTF-8")
        elif not read.codes:
            form.refuse("file", "there is no code in it: choose a file with one code a line")
        return not form.errors


def _told(query: Mapping[str, str]) -> str:
    """What an upload came to, which the address carries in numbers alone."""
    told = {name: query.get(name, "") for name in ("new", *COUNTS)}
    if not all(count.isascii() and count.isdecimal() and len(count) < 8 for count in told.values()):
        return ""
    counts = {name: int(count) for name, count in told.items()}
    return report(counts.pop("new"), counts)
