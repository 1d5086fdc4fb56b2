"""An example of each body that a call takes: what the OpenAPI document shows, and a test sends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "create_campaign": {
        "name": "Shop",
        "origins": ["https://shop.example"],
        "reward": {"amount": "10.00", "currency": "EUR", "for": "referrer", "delay_days": 30},
    },
    "change_campaign": {"window_days": 60, "cap": 50},
    "create_referrer": {"email": "ada@example.com", "name": "Ada Lovelace", "code": "ada"},
    "change_referrer": {"name": "Ada King"},
    "create_lead": {
        "referral_code": "ada",
        "email": "grace@example.org",
        "name": "Grace",
        "customer": "c-77",
    },
    "change_lead": {"name": "Grace Hopper"},
    "set_qualification": {"email": "grace@example.org", "qualified": True},
    "create_conversion": {
        "customer": "c-77",
        "event": "purchase",
        "order": "1042",
        "amount": "49.00",
        "currency": "EUR",
    },
    "create_refund": {
        "order": "1042",
        "amount": "9.00",
        "reason": "one of three came broken",
        "refund_id": "re_1042",
    },
    "issue_reward": {"early": True, "note": "a birthday"},
    "hold_reward": {"note": "asked the shop first"},
    "release_reward": {"note": "the shop says it is fine"},
    "cancel_reward": {"note": "agreed with Ada"},
    "reverse_reward": {"note": "paid twice"},
    "create_webhook": {
        "url": "https://hooks.example.com/goodword",
        "events": ["lead.qualified", "reward.ready"],
    },
    "issue_rewards": {"ids": ["rwd_019aa0c6200d7f1e2d3c4b5a69788796"], "note": "November"},
}
"""By the operation's name."""
