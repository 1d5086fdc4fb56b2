"""What Zoho CRM sends: its answers, its notifications, and the webhooks of its workflows.

Pure readings of version 8 of its API; `zoho` makes the calls.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from goodword.integrations.base import (
    Failed,
    Field,
    Heard,
    Hint,
    Reply,
    Trouble,
    Unreadable,
)
from goodword.integrations.values import moment_of, number_of, text_of, walk
from goodword.model import Ref, Snapshot

_LINKS = {"Converted_Deal": "Deals", "Converted_Contact": "Contacts", "Contact_Name": "Contacts"}
_KINDS = {
    "INVALID_TOKEN": Trouble.AUTH,
    "AUTHENTICATION_FAILURE": Trouble.AUTH,
    "OAUTH_SCOPE_MISMATCH": Trouble.AUTH,
    "Access Denied": Trouble.THROTTLED,
    "TOO_MANY_REQUESTS": Trouble.THROTTLED,
    "DUPLICATE_DATA": Trouble.DUPLICATE,
    "NOT_SUBSCRIBED": Trouble.GONE,
    "RECORD_NOT_FOUND": Trouble.GONE,
    "CONVERTED_RECORD": Trouble.GONE,  # the contact that it became can be written to
    "ID_ALREADY_CONVERTED": Trouble.GONE,
    "INTERNAL_ERROR": Trouble.SERVER,
}

# Answers -----------------------------------------------------------------------------------


def failure_of(reply: Reply, failed: Failed | None) -> Failed | None:
    """What went wrong; `failed` is what the status alone says. Zoho says much that went wrong with
    a status of success: the body counts."""
    said = _error_of(reply.data)
    if failed is None and said is None:
        return None
    said = said or {}
    code = str(said.get("code") or said.get("error") or "")
    details = said["details"] if isinstance(said.get("details"), dict) else {}
    kind = _KINDS.get(code, failed.kind if failed else Trouble.REJECTED)
    if code == "INVALID_DATA" and details.get("api_name") == "id":
        kind = Trouble.GONE
    wait = (failed.wait if failed else 0) or (60 if kind is Trouble.THROTTLED else 0)
    told = _in_words(code, said, details) or f"Zoho CRM answered {reply.status}"
    return Failed(kind, told, wait=wait, ref=_twin(details))


def _error_of(data: Any) -> Mapping[str, Any] | None:
    """What went wrong with a call, or with its one record."""
    if not isinstance(data, dict):
        return None
    listed = [data.get(name) for name in ("data", "fields", "watch")]
    firsts = [each[0] for each in listed if isinstance(each, list) and each]
    for said in (data, *firsts):
        if isinstance(said, dict) and (said.get("status") == "error" or "error" in said):
            return said
    return None


def _in_words(code: str, said: Mapping[str, Any], details: Mapping[str, Any]) -> str:
    words = [said.get("message") or said.get("error_description") or "no success"]
    words += [details[each] for each in ("api_name", "expected_data_type") if details.get(each)]
    return f"{', '.join(str(each) for each in words)} ({code})"[:300] if code else ""


def _twin(details: Mapping[str, Any]) -> Ref | None:
    """Whom a duplicate is of. Without its module it is of the one that was written to."""
    record = details.get("duplicate_record") or {}
    module = record.get("module") or {}
    id_ = record.get("id") or details.get("id")
    return Ref(str(module.get("api_name", "")), str(id_)) if id_ else None


def rows_of(reply: Reply) -> list[dict[str, Any]]:
    """The records of an answer, which is empty where there are none."""
    return list(reply.data["data"]) if reply.data else []


def snapshot_of(object_: str, told: Mapping[str, Any]) -> Snapshot:
    plain = {n: v.get("name") if isinstance(v, dict) else v for n, v in told.items()}
    fields = {name: text_of(value) for name, value in plain.items()}
    links = tuple(Ref(to, f"{told[name]['id']}") for name, to in _LINKS.items() if told.get(name))
    made = moment_of(told.get("Created_Time"))
    return Snapshot(Ref(object_, str(told["id"])), fields, links, created_at=made)


def field_of(told: Mapping[str, Any]) -> Field:
    options = [
        (text_of(each["actual_value"]), text_of(each["display_value"]))
        for each in told.get("pick_list_values") or ()
    ]
    if told.get("data_type") == "boolean":
        options = [("true", "Yes"), ("false", "No")]
    fixed = told.get("read_only") or told.get("field_read_only")
    return Field(told["api_name"], told["field_label"], tuple(options), writable=not fixed)


# Calls of Zoho -------------------------------------------------------------------------------

_WORKFLOW = {
    "lead": ("Leads",),
    "contact": ("Contacts",),
    "deal": ("Deals",),
    "potential": ("Deals",),  # their former name
}
_ID = re.compile(r"(?:(lead|contact|deal|potential|record|entity)s?[ _.]*)?id")


def notified(said: Mapping[str, Any], modules: Sequence[str], at: int) -> Heard:
    """What a notification of a channel is about. `Unreadable`."""
    module, ids = said.get("module"), said.get("ids")
    object_ = text_of(module.get("api_name") if isinstance(module, dict) else module)
    named = [number_of(each) for each in (ids if isinstance(ids, list) else [ids])]
    if not any(named):
        raise Unreadable("the notification names no records")
    if object_ not in modules:
        return Heard(about=f"{object_}: not a lead, contact or deal")
    when, did = text_of(said.get("server_time") or at), text_of(said.get("operation"))
    hints = (Hint(Ref(object_, id_), f"{object_}:{id_}:{when}", did) for id_ in named if id_)
    return Heard(tuple(hints))


def hints_of_workflow(said: Mapping[str, Any], at: int) -> list[Hint]:
    """`lead_id`, `contact_id`, `deal_id`, or `id` for a lead or contact, at whatever depth.
    `Unreadable`."""
    hints = []
    for name, value in walk(said):
        word = _ID.fullmatch(name.strip().lower())
        number = number_of(text_of(value).strip().removeprefix("zcrm_"))
        if word and number:
            for object_ in _WORKFLOW.get(word[1] or "", ("Leads", "Contacts")):
                key = f"{object_}:{number}:{at}"
                hints.append(Hint(Ref(object_, number), key, "a workflow calls"))
    if not hints:
        raise Unreadable("no id of a record: send a parameter lead_id, contact_id or deal_id")
    return hints
