"""Campaigns and codes in memory: no database read for a known hit.

A change anywhere raises a version in the database; every process looks at it once a second, and
at once when it is asked for something it does not know (once a second for each such thing).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.campaigns import record as campaigns
from goodword.clock import SECOND
from goodword.integrations import record as integrations
from goodword.model import Campaign, Mode, Referrer
from goodword.referrers import record as referrers
from goodword.referrers.decide import spellings
from goodword.signing import CodeKind, read_code, unseal
from goodword.storage import Storage, Unavailable
from goodword.storage import installation as notes

_MOST_CODES = 100_000
_VERSION = "directory"
K = TypeVar("K")
V = TypeVar("V")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Resolved:
    """The referrer behind a code, and the code in its one spelling."""

    referrer: Referrer
    code: str
    expires: int | None = None

    @property
    def test(self) -> bool:
        return self.expires is not None

    @property
    def disabled(self) -> bool:
        return self.referrer.disabled_at is not None


async def bump(db: AsyncConnection) -> None:
    """To be called in every transaction that changes what the directory keeps."""
    await notes.increase(db, _VERSION)


class Directory:
    def __init__(self, storage: Storage, keys: Sequence[bytes], now: Callable[[], int]) -> None:
        self._storage = storage
        self._keys = keys
        self._now = now
        self._version = ""
        self._by_id: dict[str, Campaign] = {}
        self._connected: frozenset[str] = frozenset()
        self._by_site_key: dict[str, Campaign] = {}
        self._by_slug: dict[str, Campaign] = {}
        self._codes: dict[tuple[str, str], Resolved] = {}
        self._owners: dict[str, Campaign] = {}
        self._unknown: dict[tuple[str, str], int] = {}
        self._missed: dict[str, int] = {}

    def all(self) -> list[Campaign]:
        return list(self._by_id.values())

    def is_connected(self, campaign: Campaign) -> bool:
        """Whether the campaign has an integration that works."""
        return campaign.id in self._connected

    async def load(self) -> None:
        """Reads every campaign. ValueError when no key opens their secrets."""
        async with self._storage.read() as db:
            self._version = await notes.read(db, _VERSION) or ""
            found = [self._open(campaign) for campaign in await campaigns.load(db)]
            self._connected = await integrations.connected(db)
        self._by_id = {campaign.id: campaign for campaign in found}
        self._by_site_key = {campaign.site_key: campaign for campaign in found}
        self._by_slug = {campaign.slug: campaign for campaign in found}
        for memory in (self._codes, self._owners, self._unknown):
            memory.clear()

    async def check(self) -> None:
        """Reads everything again if any process changed it. Keeps what it has while storage
        is away: a known campaign goes on."""
        try:
            async with self._storage.read() as db:
                version = await notes.read(db, _VERSION) or ""
            if version != self._version:
                await self.load()
        except Unavailable as error:
            log.warning("the campaigns could not be read again: %s", error)

    async def by_site_key(self, key: str) -> Campaign | None:
        if key not in self._by_site_key:
            await self._check_a_miss(key)
        return self._by_site_key.get(key)

    def known_site(self, key: str) -> Campaign | None:
        """The campaign of a site key without waiting, if it is in memory."""
        return self._by_site_key.get(key)

    async def by_id(self, campaign_id: str) -> Campaign | None:
        if campaign_id not in self._by_id:
            await self._check_a_miss(campaign_id)
        return self._by_id.get(campaign_id)

    async def by_slug(self, slug: str) -> Campaign | None:
        if slug not in self._by_slug:
            await self._check_a_miss(slug)
        return self._by_slug.get(slug)

    def known(self, campaign: Campaign, text: str) -> Resolved | None:
        """The referrer behind a code without waiting, if it was resolved before."""
        return self._codes.get((campaign.id, text))

    async def resolve(self, campaign: Campaign, text: str) -> Resolved | None:
        """The referrer behind a signed code, a vanity code or a test code; None for any other."""
        key = (campaign.id, text[:100])
        if (found := self._codes.get(key)) is not None:
            return found
        if self._now() - self._unknown.get(key, -SECOND) < SECOND:
            return None
        found = await self._look_up(campaign, text)
        if found is None:
            self._remember(self._unknown, key, self._now())
        else:
            self._remember(self._codes, key, found)
        return found

    async def owner_of(self, code: str) -> tuple[Campaign, Resolved] | None:
        """The campaign whose key signed a code that comes without a campaign."""
        campaign = self._owners.get(code) or self._signer_of(code)
        if campaign is None:
            await self._check_a_miss(code)
            campaign = self._signer_of(code)
        if campaign is None:
            return None
        self._remember(self._owners, code, campaign)
        found = await self.resolve(campaign, code)
        return (campaign, found) if found else None

    def _signer_of(self, code: str) -> Campaign | None:
        signed = (each for each in self._by_id.values() if read_code(each.code_key, code))
        return next(signed, None)

    async def _look_up(self, campaign: Campaign, text: str) -> Resolved | None:
        code = read_code(campaign.code_key, text)
        async with self._storage.read() as db:
            if code is not None and code.kind is CodeKind.TEST:
                tester = await referrers.by_email(db, campaign.id, Mode.TEST, "")
                return Resolved(tester, code.text, code.expires) if tester else None
            if code is not None and code.kind is CodeKind.REFERRER:
                owner = await referrers.by_code(db, campaign.id, code.text)
                return Resolved(owner, code.text) if owner else None
            for alias in spellings(text):
                owner = await referrers.by_alias(db, campaign.id, alias)
                if owner is not None:
                    return Resolved(owner, alias)
        return None

    async def _check_a_miss(self, key: str) -> None:
        """Whoever asks for what a process made a moment ago finds it, whenever this one last
        looked; asking for one and the same nothing again and again costs one look a second."""
        key = key[:100]
        if not 0 <= self._now() - self._missed.get(key, -SECOND) < SECOND:
            self._remember(self._missed, key, self._now())
            await self.check()

    def _open(self, campaign: Campaign) -> Campaign:
        return replace(
            campaign,
            code_key=unseal(self._keys, campaign.code_key),
            signing_secret=unseal(self._keys, campaign.signing_secret.encode()).decode(),
        )

    @staticmethod
    def _remember(memory: dict[K, V], key: K, value: V) -> None:
        if len(memory) >= _MOST_CODES:
            memory.clear()
        memory[key] = value
