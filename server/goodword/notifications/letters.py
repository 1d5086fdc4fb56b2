"""The letters: to whom each goes, when, what it says until somebody edits it, and what it may say.

Variables are filled in and nothing more: an admin's text holds no logic. Data in, data out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from goodword.model import Letter, LetterText

LONGEST_SUBJECT = 200
LONGEST_TEXT = 10_000
LONGEST_WAIT = 365


class Audience(StrEnum):
    """Who gets a letter."""

    REFERRER = "referrer"
    LEAD = "lead"
    FRIEND = "friend"
    ADMIN = "admin"


class Form(StrEnum):
    """How the value of a variable is set: within a sentence, as a link, as a code to copy, or as
    lines of ours in which addresses are links."""

    WORDS = "words"
    LINK = "link"
    CODE = "code"
    LINES = "lines"


@dataclass(frozen=True, slots=True)
class Variable:
    """What a variable stands for, and an example of it; a `secret` one never is in a subject."""

    meaning: str
    example: str
    form: Form = Form.WORDS
    secret: bool = False


VARIABLES: Mapping[str, Variable] = {
    "campaign": Variable("the campaign's name", "Shop"),
    "hello": Variable("a greeting with the first name, where one is known", "Hello Ada,"),
    "name": Variable("the first name, where one is known", "Ada"),
    "link": Variable("the referrer's link", "https://shop.example/?ref=ADA", Form.LINK),
    "invitation": Variable(
        "the referrer's invitation page, where links lead there first",
        "https://go.shop.example/c/shop/ADA",
        Form.LINK,
    ),
    "page": Variable(
        "a link that opens the referrer's own page for seven days",
        "https://go.shop.example/p/...",
        Form.LINK,
        secret=True,
    ),
    "friend": Variable("the friend's first name, or “a friend”", "Grace"),
    "referrals": Variable("how many friends have joined through the referrer", "5"),
    "successful": Variable("how many of them count", "3"),
    "referrer": Variable("the first name of who recommended, or “a friend”", "Ada"),
    "site": Variable("the campaign's landing page", "https://shop.example/", Form.LINK),
    "reward": Variable("what the reward is", "10.00 EUR"),
    "day": Variable("the day from which the reward may go out", "21 Dec 2026"),
    "count": Variable("how many there are", "12"),
    "total": Variable("what they come to", "340.00 EUR"),
    "list": Variable(
        "one line for each",
        "20.00 EUR to ada@example.com\n10.00 EUR to bob@example.com",
        Form.LINES,
    ),
    "admin_page": Variable("the admin page about it", "https://go.shop.example/admin/", Form.LINK),
    "hold_page": Variable(
        "a page where any of them is held, for seven days, without a log-in",
        "https://go.shop.example/tomorrow/...",
        Form.LINK,
        secret=True,
    ),
    "days": Variable("for how many days", "14"),
    "coupon": Variable("the coupon code of the reward", "WELCOME-7Q2X", Form.CODE, secret=True),
}
"""Every variable there is, by its name."""


@dataclass(frozen=True, slots=True)
class Standard:
    """A letter as it is until somebody edits it. `may_say` names its variables; `note` is what to
    know before it is switched on."""

    audience: Audience
    title: str
    when: str
    subject: str
    text: str
    may_say: tuple[str, ...]
    on: bool = True
    days: int = 0
    note: str = ""


_ANY = ("campaign", "hello", "name")
_REFERRER = (*_ANY, "link", "invitation", "page", "referrals", "successful")
_LEAD = (*_ANY, "referrer", "site")
_ADMIN = ("campaign", "count", "list", "admin_page")

STANDARD: Mapping[Letter, Standard] = {
    Letter.REFERRER_WELCOME: Standard(
        Audience.REFERRER,
        "Welcome",
        "when somebody joins as a referrer",
        "Your link for {{campaign}}",
        "{{hello}}\n\n"
        "thank you for recommending {{campaign}}.\n\n"
        "Send your friends this invitation:\n{{invitation}}\n\n"
        "Your own link straight to {{campaign}}:\n{{link}}\n\n"
        "When a friend joins through it, we write to you. Here you see what becomes of it:\n"
        "{{page}}",
        _REFERRER,
    ),
    Letter.REFERRER_LINK: Standard(
        Audience.REFERRER,
        "Link to the own page",
        "when a referrer asks for it, or joins again; at most every five minutes",
        "Your link for {{campaign}}",
        "{{hello}}\n\n"
        "here you see your referrals and your rewards, for the next seven days:\n{{page}}\n\n"
        "Send your friends this invitation:\n{{invitation}}\n\n"
        "Your own link straight to {{campaign}}:\n{{link}}\n\n"
        "Was it not you who asked for this? Then there is nothing to do.",
        _REFERRER,
    ),
    Letter.REFERRER_REFERRAL: Standard(
        Audience.REFERRER,
        "New referral",
        "when a friend joins",
        "{{friend}} joined through your link",
        "{{hello}}\n\n"
        "{{friend}} joined {{campaign}} through your link. Thank you!\n\n"
        "We write to you again when your referral counts.",
        (*_REFERRER, "friend"),
    ),
    Letter.REFERRER_QUALIFIED: Standard(
        Audience.REFERRER,
        "Qualified referral",
        "when a friend qualifies; with the coupon code where a rule gives one without delay",
        "Your referral of {{friend}} counts",
        "{{hello}}\n\n"
        "your referral of {{friend}} counts. Thank you for recommending {{campaign}}!\n\n"
        "Your coupon code: {{coupon}}\n\n"
        "Your reward of {{reward}} may go out from {{day}} on.",
        (*_REFERRER, "friend", "reward", "day", "coupon"),
    ),
    Letter.REFERRER_REWARD: Standard(
        Audience.REFERRER,
        "Reward issued",
        "when a reward of the referrer is issued; with the coupon code, if it is one",
        "Your reward from {{campaign}}",
        "{{hello}}\n\n"
        "your reward for recommending {{campaign}} to {{friend}} is on its way: {{reward}}.\n\n"
        "Your coupon code: {{coupon}}\n\n"
        "Thank you!",
        (*_REFERRER, "friend", "reward", "coupon"),
    ),
    Letter.REFERRER_REMINDER: Standard(
        Audience.REFERRER,
        "Reminder",
        "once, to who asked to join and brought nobody for so many days",
        "Your link for {{campaign}} waits to be shared",
        "{{hello}}\n\n"
        "nobody has come through your link yet. Here it is again:\n\n"
        "{{link}}\n\n"
        "Whom would you recommend {{campaign}} to?",
        (*_REFERRER, "days"),
        on=False,
        days=14,
    ),
    Letter.LEAD_WELCOME: Standard(
        Audience.LEAD,
        "Welcome",
        "when a lead leaves its address; with the coupon code where a rule gives one on joining",
        "Welcome to {{campaign}}",
        "{{hello}}\n\n"
        "welcome to {{campaign}}, which {{referrer}} recommended to you.\n\n"
        "Your coupon code: {{coupon}}\n\n"
        "{{site}}",
        (*_LEAD, "coupon"),
    ),
    Letter.LEAD_QUALIFIED: Standard(
        Audience.LEAD,
        "Qualified",
        "when a lead qualifies; with the coupon code where a rule gives one without delay",
        "Thank you from {{campaign}}",
        "{{hello}}\n\n"
        "thank you for coming to {{campaign}} on the recommendation of {{referrer}}.\n\n"
        "Your coupon code: {{coupon}}\n\n"
        "Your reward of {{reward}} may go out from {{day}} on.",
        (*_LEAD, "reward", "day", "coupon"),
    ),
    Letter.LEAD_REWARD: Standard(
        Audience.LEAD,
        "Reward issued",
        "when a reward of a lead is issued; with the coupon code, if it is one",
        "Your reward from {{campaign}}",
        "{{hello}}\n\n"
        "your reward from {{campaign}} is on its way: {{reward}}.\n\n"
        "Your coupon code: {{coupon}}\n\n"
        "Thank you!",
        (*_LEAD, "reward", "coupon"),
    ),
    Letter.FRIEND_INVITATION: Standard(
        Audience.FRIEND,
        "Invitation",
        "when a referrer asks for it on their own page; once for ever to an address, and at most"
        " five a day for each referrer",
        "{{referrer}} invites you to {{campaign}}",
        "Hello,\n\n"
        "{{referrer}} recommends {{campaign}} to you, and asked us to send you this invitation:\n\n"
        "{{invitation}}\n\n"
        "If you do not want it, there is nothing to do: we do not write to you again.",
        ("campaign", "referrer", "invitation"),
        on=False,
        note="The friend did not ask for it: in some countries, such as Germany, the law counts"
        " such an e-mail as advertising of yours without consent. Ask your lawyer first.",
    ),
    Letter.ADMIN_REVIEW: Standard(
        Audience.ADMIN,
        "Things to review",
        "when something new waits for a person to look at it; at most once a day",
        "{{campaign}}: {{count}} to review",
        "New in {{campaign}}, and held until somebody looks at it:\n\n{{list}}\n\n{{admin_page}}",
        _ADMIN,
    ),
    Letter.ADMIN_FAILURES: Standard(
        Audience.ADMIN,
        "Failed deliveries",
        "when e-mails, webhooks or rewards could not be delivered; at most once a day",
        "{{campaign}}: {{count}} could not be delivered",
        "What could not be delivered in {{campaign}}:\n\n{{list}}\n\n"
        "Each page shows why, and delivers again. Begin here: {{admin_page}}",
        _ADMIN,
    ),
    Letter.ADMIN_STOCK: Standard(
        Audience.ADMIN,
        "Coupon codes run low",
        "when a pool runs low, and once a week while it is",
        "{{campaign}}: coupon codes run low",
        "These pools of {{campaign}} run low:\n\n{{list}}\n\nUpload more: {{admin_page}}",
        _ADMIN,
    ),
    Letter.ADMIN_DIGEST: Standard(
        Audience.ADMIN,
        "Rewards of tomorrow",
        "at 17:00 UTC on the eve of a day (UTC) from which rewards may go out",
        "{{campaign}}: tomorrow {{count}}, {{total}}",
        "From {{day}} on {{count}} of {{campaign}} may go out, {{total}} together:\n\n"
        "{{list}}\n\n"
        "Hold any that should not, without logging in: {{hold_page}}\n\n"
        "All that is due: {{admin_page}}",
        (*_ADMIN, "total", "day", "hold_page"),
    ),
}


def may_say(letter: Letter) -> tuple[str, ...]:
    """The variables that the letter knows."""
    return STANDARD[letter].may_say


def alone(letter: Letter) -> str:
    """What somebody stops who stops it: an admin that letter, anybody else (empty) every one."""
    return letter if STANDARD[letter].audience is Audience.ADMIN else ""


def title_of(letter: str) -> str:
    """What a letter is called, such as `Welcome`; nothing for a word that is none."""
    return STANDARD[Letter(letter)].title if letter in STANDARD else ""


def standard_text(letter: Letter) -> LetterText:
    """The letter as it is until somebody edits it."""
    known = STANDARD[letter]
    return LetterText(
        letter=letter, on=known.on, subject=known.subject, text=known.text, days=known.days
    )


def footer(letter: Letter, campaign: str) -> str:
    """Why somebody gets the letter: what stands below it."""
    return _WHY[STANDARD[letter].audience].format(campaign=campaign)


_WHY = {
    Audience.REFERRER: "You get this because you joined the referral programme of {campaign}.",
    Audience.LEAD: "You get this because you left your address at {campaign}.",
    Audience.FRIEND: "You get this once, because a friend of yours asked {campaign} to send it.",
    Audience.ADMIN: "You get this because you manage the referral programme of {campaign}.",
}


class BadLetter(ValueError):
    """Words that can't be sent; `field` is `subject`, `text` or `days`."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def read_letter(
    letter: Letter, on: bool, subject: str, text: str, days: int | None = None
) -> LetterText:
    """The letter as somebody edited it; `days` where it waits for some. `BadLetter` names the
    field, and the variable that the letter does not know."""
    subject = " ".join(subject.split())
    text = "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").split("\n")).strip("\n")
    _check("subject", subject, LONGEST_SUBJECT, letter)
    _check("text", text, LONGEST_TEXT, letter)
    for name in names_in(subject):
        if VARIABLES[name].secret or VARIABLES[name].form in (Form.LINK, Form.LINES):
            raise BadLetter("subject", f"{{{{{name}}}}} belongs into the text, not the subject")
    waits = STANDARD[letter].days
    if waits and not 1 <= (days or 0) <= LONGEST_WAIT:
        raise BadLetter("days", f"write a number of days from 1 to {LONGEST_WAIT}")
    return LetterText(
        letter=letter, on=on, subject=subject, text=text, days=(days or 0) if waits else 0
    )


def _check(field: str, text: str, longest: int, letter: Letter) -> None:
    if not text:
        raise BadLetter(field, f"write a {field}, or take the standard words back")
    if len(text) > longest:
        raise BadLetter(field, f"at most {longest} characters")
    if any(unicodedata.category(mark) in _NO_MAIL and mark not in "\n\t" for mark in text):
        raise BadLetter(field, "there is a control character in it, which no mail may carry")
    allowed = may_say(letter)
    for name in names_in(text):
        if name not in allowed:
            raise BadLetter(field, f"{{{{{name}}}}} is no variable here; {_known(allowed)}")
    if "{{" in (rest := VARIABLE.sub("", text)) or "}}" in rest:
        raise BadLetter(field, f"a variable is written {{{{name}}}}; {_known(allowed)}")


_NO_MAIL = ("Cc", "Cs", "Zl", "Zp")


def _known(allowed: tuple[str, ...]) -> str:
    return "it knows " + ", ".join(f"{{{{{name}}}}}" for name in allowed)


VARIABLE = re.compile(r"\{\{[ \t]*(\w{1,40})[ \t]*\}\}")


def names_in(text: str) -> list[str]:
    """The variables that a text names, each once."""
    return list(dict.fromkeys(VARIABLE.findall(text)))
