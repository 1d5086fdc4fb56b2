"""Who sent a request, judged by its headers alone: a person's browser, a bot or a link preview.

A browser has a shape that few programs copy. Whatever lacks it is a bot; whatever has it is a
bot only when it says so, in words that bots use or by a name of the crawler-user-agents list.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache

from crawleruseragents import CRAWLER_USER_AGENTS_DATA

_LONGEST = 512
"""Characters that are read; more would only give an attacker time (CVE-2018-20164)."""

_SHORTEST = 12


class Agent(StrEnum):
    """What sent the request. Only a person's hit counts."""

    PERSON = "person"
    BOT = "bot"
    PREVIEW = "preview"


_PREVIEW = re.compile(
    r"facebookexternalhit|facebot\b|meta-external(?:hit|fetcher)|^whatsapp\b|^viber\b"
    r"|telegrambot|twitterbot|slackbot|slack-imgproxy|discordbot|linkedinbot|skypeuripreview"
    r"|redditbot|pinterest(?:bot)?/0\.|pinterestbot|kakaotalk-scrap|vkshare|odklbot|groupmebot"
    r"|keybasebot|mattermost-bot|synapse|mastodon/|bluesky cardyb|^bluesky/|summalybot|lemmy/"
    r"|embedly|iframely|unfurl|opengraph|onebox|flipboardproxy|^tumblr/|^notion/|richlinkbot"
    r"|steamchaturllookup|dingtalkbot|quora-bot|googleimageproxy|yahoomailproxy"
    r"|preview\b|previewbot"
)
"""Fetchers that draw the card of a link somebody shared: what inflates referral hits most."""

_ENGINE = re.compile(
    r"^mozilla/\d.{0,400}?(?:webkit|gecko|trident|msie |khtml|presto|opera|netscape|konqueror"
    r"|firefox/|safari/|palmos|nintendo|playstation)"
    r"|^opera[ /]\d|^uc ?(?:web|browser)|^blackberry|^nokia|^samsung|^sonyericsson|^lge?-|^mot-"
    r"|^zte|^(?:e?links|lynx|w3m)[ /]|applewebkit|opera mini|(?:msie|iemobile) \d|midp|profile/"
    r"|up\.browser|wap.browser|netfront|obigo|teleca|polaris|maui"
)
"""What browsers say: today's, and those of the phones before smartphones."""

_BOT_WORD = re.compile(
    r"://(?!bsalsa|www\.qtweb)|\bwww\.(?!bsalsa|qtweb)|@[a-z][a-z\d-]*\.[a-z]{2}|\bat gmail"
    # Phones are called CUBOT, IDbot553, XBot, M bot 51, VR BOT tab, POWER BOT and Spider 8.
    r"|(?<!cu)(?<!; x)bot(?![a-z_]|\d{3}|[ ](?:tab|\d\d|build))|bots\b|spider(?! \d)|crawl|headless"
    r"|monitor|check|feed|\bscan|scanner|inspect(?!let)|insight|synthetic|[a-z]measurement"
    r"|capture(?!\+)|thumbnail|mshots|snapshot|screenshot|transcoder|wkhtml|http client"
    r"|agent(?:/| \d)|puppeteer|playwright|selenium|phantomjs|cypress/|lighthouse|page ?speed"
    r"|webpagetest|\bptst[ /]|pingdom|statuscake|debugbear|neustar wpm|cloudflare"
    r"|claude-|chatgpt|openai|anthropic|google[ -](?!pixel|tv|wap|nexus|earth|android|\d)"
    r"|like gecko[;,] (?!safari|mobile|version|opera|hevc)"
    r"|compatible;(?! *(?:msie|konqueror|u;|ibrowse|netpositive|webpositive|opera|windows|mac))"
)

_IN_APP = re.compile(
    r"\[fb(?:an|_iab|av)|fban/|fbav/|instagram \d|barcelona \d|micromessenger/| line/|musical_ly"
    r"|bytedancewebview|bytelocale|trill_|snapchat/|\[linkedinapp\]|linkedinapp/|\[pinterest/"
    r"|twitter for |twitterandroid|kakaotalk|naver\(inapp|zalo|gsa/|telegram-(?:android|ios)"
)
"""Browsers inside apps add text of their own, so the list of names is not held to them."""

_PLAIN = re.compile(
    r"mozilla/5\.0 \((?:windows nt [\d.]+(?:; win64; x64|; wow64)?"
    r"|macintosh; intel mac os x [\d_.]+|x11; (?:ubuntu; )?(?:linux|cros) [\w. ]+"
    r"|ip(?:hone|ad|od[a-z ]*); (?:u; )?cpu (?:iphone )?os [\d_]+ like mac os x"
    r"|linux; (?:u; )?android ([^()]*))(?:; rv:[\d.]+)?\)"
    r"(?: (?:(?:applewebkit|gecko|chrome|chromium|safari|version|mobile|firefox|edge?|edga|edgios"
    r"|opr|crios|fxios|samsungbrowser)/[\w.+]+|\(khtml, like gecko\)|mobile))+"
)
"""What all browsers say alike; free text is only an Android's model, group 1, and the rest."""

_WRONG_NAMES = {
    *("AP3A\\.240617\\.008", "MetaIAB Facebook", "Sogou", "Blackboard", "Butterfly", "Sonic"),
    *("008\\/", "Fever", "Expanse", "Viber", "Fluid", "WhatsApp", "Code\\/1\\.", "Trae\\/"),
    *("Tumblr\\/", "Notion\\/", "^Silk\\/"),
}
"""Patterns of the list that match phones, or browsers and desktop apps that people use."""


def _any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    """One alternation, grouped by first letter: a letter no name begins with costs one look."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for pattern in patterns:
        lettered = pattern[0].isalnum() and "|" not in pattern and pattern[1:2] not in "?*+{"
        head = pattern[0] if lettered else ""
        groups[head].append(pattern[1:] if lettered else f"(?:{pattern})")
    others = groups.pop("", [])
    names = (f"{head}(?:{'|'.join(tails)})" for head, tails in groups.items())
    return re.compile("|".join([rf"\b(?:{'|'.join(names)})", *others]))


_NAME = _any_of(
    entry["pattern"]
    for entry in CRAWLER_USER_AGENTS_DATA
    if entry["pattern"] not in _WRONG_NAMES and not _BOT_WORD.search(entry["pattern"].lower())
)


def judge(user_agent: str) -> Agent:
    """Say who sent this User-Agent; of a longer one only the first 512 characters are read."""
    return _judge(user_agent[:_LONGEST])


@lru_cache(8192)
def _judge(user_agent: str) -> Agent:
    text = user_agent.lower()
    plain = _PLAIN.match(text)
    own = f"{plain[1] or ''}{text[plain.end() :]}" if plain else text
    if _PREVIEW.search(own):
        return Agent.PREVIEW
    if not plain and (len(text) < _SHORTEST or not _ENGINE.search(text)):
        return Agent.BOT
    if _BOT_WORD.search(own):
        return Agent.BOT
    if plain and (plain.end() == len(text) or _IN_APP.search(own)):
        return Agent.PERSON
    return Agent.BOT if _NAME.search(user_agent) else Agent.PERSON


_AHEAD = {"prefetch", "prerender", "preview"}


@lru_cache(256)
def is_prefetch(sec_purpose: str, purpose: str, x_moz: str) -> bool:
    """Say whether a browser fetched ahead of the person, who may never come.

    Takes the values of `Sec-Purpose` (Fetch standard: "prefetch", "prefetch;prerender"),
    `Purpose` (Chromium and Safari before it) and `X-Moz` (Firefox before it); each may be empty.
    """
    values = f"{sec_purpose[:_LONGEST]};{purpose[:_LONGEST]};{x_moz[:_LONGEST]}"
    return not _AHEAD.isdisjoint(re.split(r"[;,\s]+", values.lower()))
