"""The states in which a lead does not qualify, and what each is told by: a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from goodword.model import IntegrationStatus, Pushed, PushSettings, QualificationRule


@dataclass(frozen=True)
class State:
    """What is otherwise than in order of an integration and of a lead's record (None: there is
    no record), and the lines that are red then, each with its next step. `CHANGE` stands for the
    line that names what is there and what is awaited."""

    reds: tuple[tuple[str, str], ...]
    integration: dict[str, Any]
    record: dict[str, Any] | None
    also: str = ""  # a line that is not red, and says something all the same


SEEN = "Did the awaited change happen? No: status is “NEW”. Awaited: status changes to “WON”."
CHANGE = (SEEN, "Make that change in {title}.")
CONNECTED, SENT = "Is the integration connected? ", "Was it sent to {title}? "
REPORTED = "When did {title} last report a change of it? "
CRMS = {
    "it waits for the change": State((CHANGE,), {}, {}, REPORTED + "It reported status = NEW."),
    "it is installed, not connected": State(
        ((CONNECTED + "It is installed, not connected.", "Press Connect."), CHANGE),
        {"status": IntegrationStatus.INSTALLED},
        {},
    ),
    "it needs reconnect": State(
        (
            (CONNECTED + "{title} no longer accepts the connection: revoked", "Connect again."),
            CHANGE,
        ),
        {"status": IntegrationStatus.RECONNECT, "failure": "revoked", "failing_since": 1_000},
        {},
    ),
    "it fails": State(
        (
            (
                CONNECTED + "{title} does not answer: 503",
                "It is tried again by itself; press Check now once you have mended it.",
            ),
            CHANGE,
        ),
        {"status": IntegrationStatus.FAILING, "failure": "503", "failing_since": 1_000},
        {},
    ),
    "no rule is saved": State(
        (
            (
                "Is a qualification rule saved? It says: Do not qualify my referrals.",
                "Choose a rule on the Leads tab and press Save Changes.",
            ),
        ),
        {"rule": QualificationRule()},
        {"seen": "no rule is set", "armed": None},
        "Did the awaited change happen? Nothing is awaited without a rule.",
    ),
    "it is not said what a lead becomes": State(
        (
            (
                SENT + "No: it is not said what a new lead becomes.",
                "Choose what a new lead becomes on the Leads tab and press Save Changes.",
            ),
        ),
        {"push": PushSettings()},
        None,
    ),
    "the lead came before it was set up": State(
        (
            (
                SENT + "No: it came before that was set up.",
                "Press Send them now on the Leads tab.",
            ),
        ),
        {},
        None,
        "Did the awaited change happen? That shows once it was sent.",
    ),
    "the vendor never reported": State(
        (CHANGE,),
        {},
        {"told": "", "told_at": None},
        REPORTED + "Never, and nothing else either: it is looked at every few minutes all the"
        " same.",
    ),
    "the value was there from the start": State(
        (
            (
                "Did the awaited change happen? No: status is “WON”. Awaited: status changes to"
                " “WON”.",
                "It was so from the start; it has to change away from that and back.",
            ),
        ),
        {},
        {"seen": "status is “WON”", "armed": False},
    ),
    "duplicate handling blocks it": State(
        (
            (
                "Does duplicate handling block this lead? Yes: {title} had them before they were"
                " referred.",
                "This is intended. If it is wrong, qualify the lead by hand.",
            ),
        ),
        {},
        {"outcome": Pushed.EXISTED, "existed_at": 1_000},
        SEEN + " It would not count.",
    ),
    "the record vanished": State(
        (
            (
                SENT + "{title} has the record no more.",
                "If they converted all the same, qualify the lead by hand.",
            ),
        ),
        {},
        {"gone": True, "seen": "the record is gone"},
        "Did the awaited change happen? That can't be seen any more.",
    ),
    "the field was renamed": State(
        (
            (
                "Did the awaited change happen? No: there is no field status. Awaited: status"
                " changes to “WON”.",
                "It was renamed or removed there: choose it again on the Leads tab and press Save"
                " Changes.",
            ),
        ),
        {},
        {"seen": "there is no field status"},
    ),
    "it happened": State((), {}, {"seen": "status is “WON”", "met": True}),
}
REJECTED = (
    "Was the lead here first? It is, but it was rejected.",
    "Reopen the lead if that was wrong.",
)
NOBODY = (
    "Was the lead here first? There is no such lead in this campaign.",
    "Only who came through a referral link can qualify.",
)
PAYMENT = "Was enough paid? No: "
AWAITED = " Awaited: at least 50.00 EUR is paid within 30 days."
UNPAID = (
    PAYMENT + "{title} reported no payment of it." + AWAITED,
    "See in {title} that the payment names the lead: its code, its e-mail address or its id.",
)
TOO_LITTLE = (PAYMENT + "20.00 EUR so far." + AWAITED, "Wait for more.")
