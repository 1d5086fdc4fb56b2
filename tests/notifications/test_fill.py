"""Variables become words, links and codes; what people typed into a form never more than that."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodword.model import Letter, plain_name
from goodword.notifications.fill import fill
from goodword.notifications.letters import (
    STANDARD,
    VARIABLES,
    BadLetter,
    Form,
    names_in,
    read_letter,
    standard_text,
)

HOSTILE = (
    "<script>alert(1)</script>",
    "Eve\r\nBcc: all@example.com",
    "{{coupon}}",
    "\u202etxt.exe",
    "&lt;b&gt;\"'",
    "a\u2028b\x00c",
)


class Tags(HTMLParser):
    """Every tag of a page, with what its links lead to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]


OURS = ("https://shop.example/", "https://go.shop.example/")


def values_of(letter: Letter, value: str) -> dict[str, str]:
    """The value for every variable that is words; links and codes are ours."""
    return {
        name: value if VARIABLES[name].form is Form.WORDS else VARIABLES[name].example
        for name in STANDARD[letter].may_say
    }


@pytest.mark.parametrize("letter", Letter)
@pytest.mark.parametrize("value", HOSTILE)
def test_no_name_makes_a_tag_a_header_or_another_variable(letter: Letter, value: str) -> None:
    text = standard_text(letter)
    filled = fill(text.subject, text.text, values_of(letter, value))
    found = Tags(filled.html)
    assert found.tags <= {"p", "br", "a", "strong"}
    assert all(link.startswith(OURS) for link in found.links)
    assert filled.subject.isprintable()
    code = VARIABLES["coupon"].example
    assert code not in filled.subject
    assert filled.text.count(code) == text.text.count("{{coupon}}")
    assert all(mark.isprintable() or mark == "\n" for mark in filled.text)


@given(st.text(max_size=300))
def test_whatever_is_typed_stays_one_line_of_words(value: str) -> None:
    filled = fill("{{friend}}", "one {{friend}} two", {"friend": value})
    assert "\n" not in filled.subject
    assert "\n" not in filled.text
    assert Tags(filled.html).tags <= {"p"}


@given(st.text(max_size=60))
def test_what_is_mailed_as_a_name_reads_as_one(name: str) -> None:
    mailed = plain_name(name)
    assert not set(mailed) & set("<>@/:\r\n{}0123456789")
    assert "." not in mailed[:-1]


@pytest.mark.parametrize(
    ("typed", "mailed"),
    [
        ("Ada Lovelace", "Ada"),
        ("jean-luc picard", "jean-luc"),
        ("O’Neill", "O’Neill"),
        ("Wm. Shakespeare", "Wm."),
        ("कृष्णा", "कृष्णा"),
        ("http://spam.example buy", ""),
        ("spam.example", ""),
        ("WIN-1000-EUR", ""),
        ("ada@example.com", ""),
        ("", ""),
    ],
)
def test_a_first_name_is_mailed_and_an_advertisement_is_not(typed: str, mailed: str) -> None:
    assert plain_name(typed) == mailed


def test_a_paragraph_about_what_there_is_not_is_left_out() -> None:
    text = "Hello\n\nYour code: {{coupon}}\n\n\nSee {{site}}"
    none = fill("s", text, {"coupon": "", "site": "https://shop.example/"})
    assert none.text == "Hello\n\nSee https://shop.example/"
    one = fill("s", text, {"coupon": "A&B", "site": "https://shop.example/"})
    assert "Your code: A&B" in one.text
    assert ">A&amp;B</strong>" in one.html


def test_addresses_that_an_admin_wrote_are_links_and_what_others_typed_is_not() -> None:
    text = "See https://shop.example/a?b=1&c=2. {{friend}} did."
    filled = fill("s", text, {"friend": "https://evil.example/"})
    assert Tags(filled.html).links == ["https://shop.example/a?b=1&c=2"]
    assert 'href="https://shop.example/a?b=1&amp;c=2"' in filled.html


def test_lines_of_ours_have_links_that_are_shown_short() -> None:
    url = "https://go.shop.example/tomorrow/" + "x" * 100
    filled = fill("s", "{{list}}", {"list": f"10.00 EUR, <b>: {url}\nand 2 more"})
    assert Tags(filled.html).links == [url]
    assert f">{url[:60]}…</a><br>and 2 more" in filled.html
    assert "&lt;b&gt;" in filled.html
    assert filled.text == f"10.00 EUR, <b>: {url}\nand 2 more"


@pytest.mark.parametrize("days", [None, 0, 366])
def test_a_reminder_waits_for_a_number_of_days(days: int | None) -> None:
    with pytest.raises(BadLetter, match="from 1 to 365"):
        read_letter(Letter.REFERRER_REMINDER, True, "x", "y", days)


def test_only_a_web_address_is_a_link() -> None:
    filled = fill("s", "{{site}}", {"site": "javascript:alert(1)"})
    assert Tags(filled.html).links == []


def test_a_value_begins_a_line_with_a_capital() -> None:
    filled = fill("{{friend}} joined", "{{friend}} and {{friend}}", {"friend": "a friend"})
    assert (filled.subject, filled.text) == ("A friend joined", "A friend and a friend")


@pytest.mark.parametrize("letter", Letter)
def test_standard_words_are_such_as_an_admin_may_write(letter: Letter) -> None:
    text = standard_text(letter)
    assert read_letter(letter, text.on, text.subject, text.text, text.days) == text
    assert set(names_in(text.subject + text.text)) <= set(STANDARD[letter].may_say)
    assert set(STANDARD[letter].may_say) <= set(VARIABLES)


@pytest.mark.parametrize(
    ("subject", "text", "field", "why"),
    [
        ("", "x", "subject", "write a subject"),
        ("x", " \n ", "text", "write a text"),
        ("{{nonsense}}", "x", "subject", "{{nonsense}} is no variable here"),
        ("x", "{{nonsense}}", "text", "{{nonsense}} is no variable here; it knows {{campaign}}"),
        ("x", "{{ site }}", "text", "{{site}} is no variable here"),
        ("x", "{{friend", "text", "a variable is written {{name}}"),
        ("x", "{% if friend %}", "", ""),
        ("{{coupon}}", "x", "subject", "belongs into the text"),
        ("{{link}}", "x", "subject", "belongs into the text"),
        ("x", "a\x00b", "text", "control character"),
        ("x" * 201, "x", "subject", "at most 200"),
        ("x", "x" * 10_001, "text", "at most 10000"),
        ("a\r\nBcc: b@example.com", "x", "", ""),
    ],
)
def test_words_that_no_mail_can_have_are_refused_by_name(
    subject: str, text: str, field: str, why: str
) -> None:
    if not why:
        read = read_letter(Letter.REFERRER_QUALIFIED, True, subject, text)
        assert "\n" not in read.subject
        return
    with pytest.raises(BadLetter) as refused:
        read_letter(Letter.REFERRER_QUALIFIED, True, subject, text)
    assert refused.value.field == field
    assert why in str(refused.value)
