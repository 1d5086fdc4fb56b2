"""Persons count, bots and previews do not: measured on user agents kept in `data/`."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodword.hits import agent
from goodword.hits.agent import Agent, is_prefetch, judge
from goodword.hits.device import Device, describe

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)


def sample(name: str) -> list[str]:
    path = Path(__file__).parent / "data" / f"{name}.txt"
    return path.read_text(encoding="utf-8").splitlines()


def judged_otherwise(name: str, *expected: Agent) -> list[str]:
    return [line for line in sample(name) if judge(line) not in expected]


def test_every_browser_of_the_sample_is_a_person() -> None:
    assert judged_otherwise("persons", Agent.PERSON) == []


def test_every_browser_inside_an_app_is_a_person() -> None:
    assert judged_otherwise("persons_in_app", Agent.PERSON) == []


def test_at_least_97_of_100_bots_are_caught() -> None:
    missed = judged_otherwise("bots", Agent.BOT, Agent.PREVIEW)
    assert len(missed) <= 0.03 * len(sample("bots")), missed


def test_every_link_preview_is_called_a_preview() -> None:
    assert judged_otherwise("previews", Agent.PREVIEW) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "-",
        "Mozilla/5.0",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64)",
        "curl/8.5.0",
        "python-requests/2.32.3",
        "python-httpx/0.28.1",
        "okhttp/4.12.0",
        "Go-http-client/2.0",
        CHROME.replace("Chrome/", "HeadlessChrome/"),
        CHROME.replace("Windows NT 10.0; Win64; x64", "compatible; Foobot/1.0"),
        f"{CHROME} Chrome-Lighthouse",
        f"{CHROME} (+https://example.com/about)",
        f"{IPHONE} (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        f"{IPHONE} (Applebot/0.1; +http://www.apple.com/go/applebot)",
        f"{CHROME} GTmetrix",
    ],
)
def test_what_is_no_browser_or_says_so_is_a_bot(text: str) -> None:
    assert judge(text) is Agent.BOT


@pytest.mark.parametrize("model", ["CUBOT_P7", "CUBOT NOTE S", "M bot 51", "IDbot553", "Spider 8"])
def test_a_phone_with_the_name_of_a_bot_is_a_person(model: str) -> None:
    text = (
        f"Mozilla/5.0 (Linux; Android 9; {model}) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/120.0.0.0 Mobile Safari/537.36"
    )
    assert judge(text) is Agent.PERSON
    assert judge(f"{text} Instagram 300.0.0.1") is Agent.PERSON


def test_only_the_first_512_characters_count() -> None:
    assert judge(f"{CHROME} Googlebot/2.1") is Agent.BOT
    assert judge(f"{CHROME.ljust(512)} Googlebot/2.1") is Agent.PERSON


@given(st.text(st.characters(), max_size=2000))
def test_any_text_gets_a_verdict(text: str) -> None:
    assert judge(text) in Agent


@given(st.text(st.characters(), max_size=600))
def test_any_text_gets_a_description(text: str) -> None:
    assert describe(text).kind in {"phone", "tablet", "desktop", "other"}


@pytest.mark.parametrize(
    "text",
    [
        "Mozilla/5.0 " * 50,
        "Mozilla/5.0 (" + "(" * 600,
        "Mozilla/5.0 (Linux; Android " + "a" * 600,
        "Mozilla/5.0 (X11; Linux " + "x " * 300,
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/1" + " chrome/1" * 60 + "!",
        "Mozilla/5.0 AppleWebKit " + "Goo " * 150,
        "compatible;" + " " * 600,
        "bot" * 200,
    ],
)
def test_no_text_costs_out_of_proportion_to_its_length(text: str) -> None:
    """A pattern that goes back and forth over a text costs thousands of times what reading does."""
    assert _cost(text) < 20 * _cost("Lorem ipsum dolor sit amet " * 20)


def _cost(text: str) -> float:
    """Seconds of this thread, the least of ten tries, that nothing else on the machine counts."""
    spent = []
    for _ in range(10):
        agent._judge.cache_clear()
        begun = time.thread_time()
        judge(text)
        spent.append(time.thread_time() - begun)
    return min(spent)


def test_a_known_user_agent_is_read_once() -> None:
    agent._judge.cache_clear()
    for _ in range(3):
        judge(CHROME)
    assert agent._judge.cache_info().misses == 1


@pytest.mark.parametrize(
    ("sec_purpose", "purpose", "x_moz"),
    [
        ("prefetch", "", ""),
        ("prefetch;prerender", "", ""),
        ("prefetch;anonymous-client-ip", "", ""),
        ("Prefetch", "", ""),
        ("", "prefetch", ""),
        ("", "preview", ""),
        ("", "", "prefetch"),
    ],
)
def test_a_fetch_ahead_of_the_person_is_known(sec_purpose: str, purpose: str, x_moz: str) -> None:
    assert is_prefetch(sec_purpose, purpose, x_moz)


@pytest.mark.parametrize("value", ["", "navigate", "no-prefetch", "\x00", ";"])
def test_any_other_purpose_is_no_prefetch(value: str) -> None:
    assert not is_prefetch(value, value, value)


@pytest.mark.parametrize(
    ("text", "device"),
    [
        (IPHONE, Device("Mobile Safari 18", "iOS 18", "phone")),
        (CHROME, Device("Chrome 140", "Windows 10", "desktop")),
        (
            "Mozilla/5.0 (iPad; CPU OS 16_1 like Mac OS X) AppleWebKit/605.1.15 "
            "(KHTML, like Gecko) Version/16.1 Mobile/15E148 Safari/604.1",
            Device("Mobile Safari 16", "iOS 16", "tablet"),
        ),
        ("", Device("unknown", "unknown", "other")),
    ],
)
def test_a_user_agent_is_described_for_people(text: str, device: Device) -> None:
    assert describe(text) == device
