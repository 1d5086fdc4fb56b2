"""The inbound webhook of a campaign is made, given a new address, and told how to read a call."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

from goodword.campaigns import hooks
from goodword.clock import DAY, new_secret
from goodword.lifecycle.act import Act, begin
from goodword.lifecycle.context import Context
from goodword.lifecycle.deed import Done, Refusal, items_of, keep_deed
from goodword.lifecycle.set_up import Refused
from goodword.model import Campaign, Deed, Hook
from goodword.signing import seal, unseal

BOTH_ADDRESSES = 7 * DAY
"""How long the former address still works beside a new one, milliseconds."""

FIELDS = ("code_field", "event_field", "order_field", "amount_field", "currency_field")
_PATHS = (*FIELDS, "only_field")
_LONGEST = 200
_LONGEST_HEADER = 100
_LONGEST_SECRET = 500
_KEY_GONE = "The secret key that it was sealed under is gone: set it anew."


@dataclass(frozen=True, slots=True)
class HookChanges:
    """What an owner sets. `signature_secret` is the new secret; None keeps the one there is."""

    code_field: str
    event_field: str
    order_field: str
    amount_field: str
    currency_field: str
    only_field: str
    only_value: str
    minor_units: bool
    signature_header: str
    signature_secret: str | None = None


class NoHook(LookupError):
    """The campaign has no inbound webhook yet."""


async def make_hook(context: Context, campaign: Campaign, actor: str) -> Done:
    """Makes the secret address; done without a deed where the campaign has one."""
    token, hash_ = _new_token(context)
    async with begin(context, campaign, actor) as act:
        hook = Hook(
            id=act.new_id("hook"),
            campaign_id=campaign.id,
            hash=hash_,
            token=token,
            created_at=act.at,
        )
        if not await hooks.add(act.db, hook):
            return Done(None)
        deed = await keep_deed(act, "create", "hook", {hook.id: ""})
    return Done(deed, (hook.id,))


async def rotate_hook(context: Context, campaign: Campaign, actor: str) -> Done:
    """A new address; the former one works for 7 days more, the one before that no longer.

    `NoHook`.
    """
    token, hash_ = _new_token(context)
    async with begin(context, campaign, actor) as act:
        hook = await _hook(act)
        until = act.at + BOTH_ADDRESSES
        await hooks.change(
            act.db, hook, hash=hash_, token=token, former_hash=hook.hash, former_until=until
        )
        was = {"token": b64encode(hook.token).decode(), "hash": hash_.hex()}
        deed = await keep_deed(act, "rotate", "hook", {hook.id: json.dumps(was)})
    return Done(deed, (hook.id,))


async def change_hook(
    context: Context, campaign: Campaign, changes: HookChanges, actor: str
) -> Done:
    """Sets how a call is read. `Refused` names the field that can't be used, `NoHook`."""
    async with begin(context, campaign, actor) as act:
        hook = await _hook(act)
        wanted = with_changes(context, hook, changes)
        before, after = _settings(hook), _settings(wanted)
        same = changes.signature_secret is None or not wanted.signed
        if same and before == after:
            return Done(None)
        await _set(act, hook, after)
        told = json.dumps({"before": before, "after": after})
        deed = await keep_deed(act, "change", "hook", {hook.id: told})
    return Done(deed, (hook.id,))


def with_changes(context: Context, hook: Hook, changes: HookChanges) -> Hook:
    """The hook as it would be. `Refused` names the field that can't be used."""
    for name in (*_PATHS, "only_value"):
        _check_path(name, getattr(changes, name))
    if not changes.code_field:
        raise Refused("code_field", "name the field that carries the lead's code")
    if bool(changes.only_field) != bool(changes.only_value):
        missing = "only_value" if changes.only_field else "only_field"
        raise Refused(missing, "a filter needs both a field and the value it must have")
    header, secret = changes.signature_header.lower(), changes.signature_secret
    if not header.replace("-", "").replace("_", "a").isalnum() and header:
        raise Refused("signature_header", "write the name of a header, such as X-Signature")
    if len(header) > _LONGEST_HEADER or not header.isascii():
        raise Refused("signature_header", "write the name of a header, such as X-Signature")
    if secret is not None and not 1 <= len(secret.encode()) <= _LONGEST_SECRET:
        raise Refused("signature_secret", f"a secret has 1 to {_LONGEST_SECRET} characters")
    if header and secret is None and hook.signature_secret is None:
        raise Refused("signature_secret", "paste the secret under which the sender signs")
    sealed = hook.signature_secret if secret is None else seal(context.keys, secret.encode())
    set_ = {name: getattr(changes, name) for name in (*_PATHS, "only_value", "minor_units")}
    return replace(
        hook, **set_, signature_header=header, signature_secret=sealed if header else None
    )


def _check_path(name: str, text: str) -> None:
    if len(text) > _LONGEST or not text.isprintable():
        raise Refused(name, f"at most {_LONGEST} characters, such as data.lead.code")


async def undo_hooks(act: Act, deed: Deed) -> Done:
    """Takes back a change of settings, or gives the former address its place again; then the
    newer one works for 7 days more. What was changed again since stays."""
    [(hook_id, said)] = items_of(deed).items()
    hook, was = await hooks.of_campaign(act.db, act.campaign.id), json.loads(said)
    if hook is None:
        return Done(None, refused=(Refusal(hook_id, "The inbound webhook is gone."),))
    if deed.verb == "rotate":
        if hook.hash.hex() != was["hash"] or hook.former_hash is None:
            return Done(None, refused=(Refusal(hook_id, "It was given a newer address since."),))
        if not _opens(act, was["token"]):
            return Done(None, refused=(Refusal(hook_id, _KEY_GONE),))
        await _swap(act, hook, b64decode(was["token"]))
        return Done(None, (hook_id,))
    if _settings(hook) != was["after"]:
        return Done(None, refused=(Refusal(hook_id, "It was changed again since."),))
    if not _opens(act, was["before"]["signature_secret"]):
        return Done(None, refused=(Refusal(hook_id, _KEY_GONE),))
    await _set(act, hook, was["before"])
    return Done(None, (hook_id,))


def _opens(act: Act, sealed: str | None) -> bool:
    """Whether a secret that lay in a deed can still be read: nothing there is sealed anew."""
    try:
        unseal(act.context.keys, b64decode(sealed or ""))
    except ValueError:
        return sealed is None
    return True


async def _swap(act: Act, hook: Hook, token: bytes) -> None:
    """In two steps: no two hooks may ever share a hash, not even one with itself."""
    until = act.at + BOTH_ADDRESSES
    former = hook.former_hash
    await hooks.change(act.db, hook, former_hash=None)
    await hooks.change(
        act.db, hook, hash=former, token=token, former_hash=hook.hash, former_until=until
    )


def _settings(hook: Hook) -> dict[str, object]:
    """What Undo goes back to; the secret stays sealed."""
    sealed = hook.signature_secret
    return {
        **{name: getattr(hook, name) for name in (*_PATHS, "only_value", "minor_units")},
        "signature_header": hook.signature_header,
        "signature_secret": b64encode(sealed).decode() if sealed else None,
    }


async def _set(act: Act, hook: Hook, settings: Mapping[str, object]) -> None:
    sealed = settings["signature_secret"]
    secret = b64decode(str(sealed)) if sealed else None
    await hooks.change(act.db, hook, **{**settings, "signature_secret": secret})


async def _hook(act: Act) -> Hook:
    hook = await hooks.of_campaign(act.db, act.campaign.id)
    if hook is None:
        raise NoHook(act.campaign.id)
    return hook


def _new_token(context: Context) -> tuple[bytes, bytes]:
    """A new secret of 192 bits: sealed to be shown, and the hash it is found by."""
    token = urlsafe_b64encode(new_secret(24))
    return seal(context.keys, token), token_hash(token.decode())


def token_hash(token: str) -> bytes:
    return sha256(token.encode(errors="replace")).digest()


def address_of(context: Context, hook: Hook) -> str:
    """The secret address."""
    token = unseal(context.keys, hook.token).decode()
    return f"{context.settings.public_url}/webhook/{token}/qualify"
