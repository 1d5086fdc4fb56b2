"""What every CRM does alike with the records that it was asked for. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from goodword.model import Ref, Snapshot


def meant(
    found: Sequence[Snapshot], code: str, fields: Sequence[str], fixed: str = ""
) -> Snapshot | None:
    """Of what a search for our code or an address brought, the record that is meant: ours by its
    code in one of the `fields`, else the oldest that can still be written to. It is as old as the
    oldest of all: nobody passes for new who was known before. `fixed` is the field that is true
    of a record that can't be written to any more."""
    ours = [each for each in found if code and code in [each.fields.get(name) for name in fields]]
    if ours:
        return min(ours, key=_age)
    open_ = [each for each in found if not fixed or each.fields.get(fixed) != "true"]
    oldest = min(open_ or found, key=_age, default=None)
    ages = [each.created_at for each in found if each.created_at is not None]
    return oldest and replace(oldest, created_at=min(ages, default=None))


def _age(snapshot: Snapshot) -> int:
    return snapshot.created_at or 0


def in_order(
    refs: Sequence[Ref],
    found: Iterable[Snapshot],
    links: Mapping[str, tuple[Ref, ...]] | None = None,
) -> list[Snapshot]:
    """What was found as it was asked for, with more links by id; what was not found is gone."""
    known, more = {each.ref.id: each for each in found}, links or {}
    return [
        replace(each, links=each.links + more.get(each.ref.id, ()))
        for each in (known.get(ref.id, Snapshot(ref, gone=True)) for ref in refs)
    ]


def by_id(pairs: Iterable[tuple[str, Ref]]) -> dict[str, tuple[Ref, ...]]:
    """Links by the id of the record that they are of."""
    links: dict[str, tuple[Ref, ...]] = {}
    for id_, ref in pairs:
        links[id_] = (*links.get(id_, ()), ref)
    return links
