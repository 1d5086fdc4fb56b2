"""How the audit trail reads: a word for each verb and thing. Data in, text out.

A verb or a thing of a newer program, which has no word here, is shown as it is.
"""

from __future__ import annotations

import json
from typing import Any

from goodword.lifecycle.brand import BRAND_PARTS
from goodword.lifecycle.deed import items_of
from goodword.lifecycle.set_up import COMMAND_LINE
from goodword.model import CampaignStatus, Deed, Role

ROLES = {Role.OWNER: "owner", Role.MANAGER: "manager", Role.READER: "read-only"}
AS_ROLE = {Role.OWNER: "an owner", Role.MANAGER: "a manager", Role.READER: "read-only"}

SUBJECTS = {
    "lead": ("lead", "leads"),
    "finding": ("lead", "leads"),
    "reward": ("reward", "rewards"),
    "referrer": ("referrer", "referrers"),
    "refund": ("refund", "refunds"),
    "rule": ("rule", "rules"),
    "coupon": ("coupon pool", "coupon pools"),
    "credit": ("missing credit", "missing credits"),
    "customer": ("customer", "customers"),
    "report": ("report", "reports"),
    "campaign": ("campaign", "campaigns"),
    "import": ("import", "imports"),
    "person": ("person", "people"),
    "webhook": ("webhook", "webhooks"),
    "hook": ("inbound webhook", "inbound webhooks"),
    "integration": ("integration", "integrations"),
    "call": ("inbound call", "inbound calls"),
    "shop": ("shop", "shops"),
    "key": ("API key", "API keys"),
    "admin": ("admin", "admins"),
    "email": ("e-mail", "e-mails"),
    "letter": ("letter", "letters"),
    "brand": ("hosted page", "hosted pages"),
}
DID = {
    "add": "added",
    "approve": "approved",
    "cancel": "cancelled",
    "change": "changed",
    "clear": "cleared the doubt about",
    "confirm": "confirmed",
    "erase": "erased",
    "create": "made",
    "disable": "disabled",
    "drop": "dropped",
    "enable": "enabled",
    "export": "exported all of",
    "hold": "held",
    "issue": "issued",
    "move_in": "moved in",
    "qualify": "qualified",
    "refund": "recorded",
    "reject": "rejected",
    "release": "released",
    "remove": "removed",
    "reopen": "reopened",
    "replace": "replaced",
    "replay": "replayed",
    "retire": "ended",
    "reverse": "reversed",
    "revoke": "revoked",
    "send_again": "sent again",
    "undo": "undid what was done to",
    "unqualify": "unqualified",
}
_DID_TO = {
    ("coupon", "add"): "added codes to",
    ("credit", "ask"): "wrote down",
    ("credit", "credit"): "gave",
    ("credit", "decline"): "declined",
    ("reward", "reveal"): "looked at the code of",
    ("referrer", "revoke"): "revoked the links mailed to",
    ("referrer", "hand_out"): "made a link to the own page of",
    ("hook", "rotate"): "made a new address for",
    ("shop", "change_secret"): "changed the secret of",
    ("shop", "create"): "made an address for",
    ("webhook", "change_secret"): "changed the secret of",
    ("webhook", "send_again"): "sent a message again to",
    ("integration", "credentials"): "changed the credentials of",
    ("integration", "settings"): "changed what is sent to, and what qualifies by,",
    ("integration", "send_leads"): "sent the leads that were here to",
}
_BY_EMAIL = {("customer", "add"), ("customer", "remove")}
_BEFORE_NAME = {"reward": "for", "refund": "of", "credit": "for"}
_SETTINGS = {
    "name": "its name",
    "origins": "its site",
    "landing": "where links lead to",
    "params": "the parameters of old links",
    "window": "how long a visit counts",
    "least_evidence": "the least evidence",
    "cap": "the cap",
    "budget": "the budget",
    "batch_day": "the day of the month",
    "second_eyes": "the amount for a second person",
    "currency": "the currency",
}
ACTORS = {
    "api": "the API",
    "webhook": "the inbound webhook",
    "shop": "the shop",
    COMMAND_LINE: "the command line",
}


def deed_text(deed: Deed) -> str:
    """What was done, as it continues a sentence about a person: `qualified 3 leads`."""
    if deed.subject == "admin":
        return _admin_text(deed)
    if (deed.subject, deed.verb) == ("campaign", "change"):
        return _change_text(deed)
    if deed.subject == "brand":
        return _brand_text(deed)
    if (deed.subject, deed.verb) == ("customer", "upload"):
        return f"uploaded {int(items_of(deed)['upload']):,} customers"
    if deed.subject == "import":
        return _import_text(deed)
    if (deed.subject, deed.verb) == ("reward", "issue"):
        return _issue_text(deed)
    known = DID.get(deed.verb, deed.verb.replace("_", " "))
    did = _DID_TO.get((deed.subject, deed.verb), known)
    one, many = SUBJECTS.get(deed.subject, (deed.subject, deed.subject))
    count = len(items_of(deed))
    return f"{did} {'the ' + one if count == 1 else f'{count:,} {many}'}"


def _issue_text(deed: Deed) -> str:
    """`items` of such a deed say `issue`, `early`, or `approve` for the first of two persons."""
    words = list(items_of(deed).values())
    approved, early = words.count("approve"), words.count("early")
    issued = len(words) - approved
    if not issued:
        return f"approved {_rewards(approved)}"
    when = f" ({early:,} of them early)" if early else ""
    if early == issued:
        when = f" before {'its' if early == 1 else 'their'} time"
    return f"issued {_rewards(issued)}{when}{f' and approved {approved:,}' if approved else ''}"


def _rewards(number: int) -> str:
    return "the reward" if number == 1 else f"{number:,} rewards"


def _import_text(deed: Deed) -> str:
    """`items` of such a deed is what the rows of its file were; its note is the file's name."""
    [kind] = items_of(deed).values()
    return f"{'took back' if deed.verb == 'undo' else 'wrote'} an import of {kind}"


def own_names(deed: Deed) -> list[str]:
    """The things of a deed that are called what they are known by: pools, customers."""
    named = deed.subject == "coupon" or (deed.subject, deed.verb) in _BY_EMAIL
    return list(items_of(deed)) if named else []


def before_names(deed: Deed) -> str:
    """What stands between the text of a deed and the names of its things."""
    if len(items_of(deed)) > 1:
        return ": "
    word = _BEFORE_NAME.get(deed.subject)
    return f" {word} " if word else " "


def _change_text(deed: Deed) -> str:
    """`items` of such a deed is JSON of the settings `before` and `after`."""
    [told] = items_of(deed).values()
    after: dict[str, Any] = json.loads(told)["after"]
    if list(after) == ["status"]:
        return f"{'paused' if after['status'] == CampaignStatus.PAUSED else 'resumed'} the campaign"
    changed = ", ".join(_SETTINGS.get(name, name.replace("_", " ")) for name in after)
    return f"changed the campaign ({changed})"


def _brand_text(deed: Deed) -> str:
    """`items` of such a deed is JSON as that of a campaign."""
    [told] = items_of(deed).values()
    parts = [BRAND_PARTS.get(name, name) for name in json.loads(told)["after"]]
    return f"changed the hosted pages ({', '.join(part[:1].lower() + part[1:] for part in parts)})"


def _admin_text(deed: Deed) -> str:
    """`items` of such a deed is `role-before role-after e-mail`, with `-` for no role."""
    [told] = items_of(deed).values()
    before, after, email = told.split(" ", 2)
    match deed.verb:
        case "add":
            return f"added {email} as {_as_role(after)}"
        case "remove":
            return f"removed {email}, who was {_as_role(before)}"
        case "change_role":
            return f"changed the role of {email} from {_role(before)} to {_role(after)}"
        case "invite":
            return f"made a new set-up link for {email}"
    return f"{deed.verb.replace('_', ' ')} {email}"


def _role(word: str) -> str:
    return ROLES[Role(word)] if word in list(Role) else word


def _as_role(word: str) -> str:
    return AS_ROLE[Role(word)] if word in list(Role) else word


def actor_text(actor: str) -> str:
    """Who did it: an admin's e-mail, or the door that a program came through."""
    return ACTORS.get(actor, actor)
