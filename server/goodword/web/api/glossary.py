"""What others call the things that goodword has a word for."""

from __future__ import annotations

GLOSSARY = (
    ("program, offer", "campaign", "a referral programme of one site"),
    ("publishable key, public key, program id", "site key", "what the tag on your pages names"),
    ("secret key, access token, live token", "API key", "what your own server sends"),
    ("advocate, affiliate, partner, promoter, user", "referrer", "the person who refers"),
    ("referral code, link key, slug, promoter id", "code", "what stands in the link as `ref`"),
    ("click, impression", "hit", "one visit through a code; Visits on screen"),
    (
        "click id, referral UUID, tracking id, visitor cookie",
        "token",
        "what the browser keeps of the hit",
    ),
    ("referee, person invited, friend, referred user", "lead", "the person who was referred"),
    ("customer id, external user id, uid", "customer", "your own id of that person"),
    ("sale, event, transaction, goal", "conversion", "one report that a lead did it"),
    (
        "invoice, invoice id, external id, event id, transaction id",
        "order",
        "counts once in a campaign, by whatever door it is reported",
    ),
    ("approval, referral trigger, conversion", "qualification", "the lead did what you ask for"),
    ("commission, payout item, incentive", "reward", "what is owed to a referrer or a lead"),
    ("holding period, review period, cool-off", "delay", "until `issue_after`"),
    ("pay out, fulfil, mark as paid", "issue", "the reward went out"),
    ("clawback, negative commission", "reversal", "a reward with `reverses`"),
    ("void, deny", "cancel", "the reward is not issued"),
    ("postback, callback", "webhook", "out: you are told; in: you tell"),
)
"""What it is called elsewhere, our word, and what that is; `server/docs/api.md` has the same."""
