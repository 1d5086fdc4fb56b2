"""The signing recipes: what each prints into a page is read as it was meant, and holds."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from goodword.signing import payload_holds
from goodword.web.sign_recipes import RECIPES
from house.tree import ROOT
from recipes import LANGUAGES, interpreters, recipe_of, run

PAGE = (ROOT / "server/docs/signing.md").read_text()
SECRET = "a-secret-for-trying"
ORDERS = [
    ("1042", "49.00", "EUR", "buyer@example.com"),
    ("", "", "", ""),
    ('#1042 "Zoë" & <sons>', "4900", "JPY", "o'zoë@example.com"),
]


class Page(HTMLParser):
    """The attributes of the one element that marks a conversion."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.said: dict[str, str | None] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.said |= dict(attrs)

    def part(self, name: str) -> str:
        return self.said[f"data-{name}"] or ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_recipe_signs_what_it_prints(language: str, node: str) -> None:
    """Every language has a recipe; those whose interpreter is at hand are run."""
    recipe = recipe_of(PAGE, language)
    command = interpreters(node).get(language)
    if command is None:
        assert "data-sig" in recipe
        return
    for order in ORDERS:
        page = Page(run(command, language, recipe, "purchase", SECRET, *order))
        event, *said = (
            page.part(name) for name in ("gw-convert", "order", "amount", "currency", "email")
        )
        assert (event, *said) == ("purchase", *order)
        assert "hidden" in page.said
        assert payload_holds(SECRET, page.part("sig"), event, *said)


def test_the_page_shows_what_the_admin_copies_and_a_vector() -> None:
    assert [language for language, recipe in RECIPES if f"\n{recipe}```" not in PAGE] == []
    assert [language for language, _ in RECIPES] == ["Python", "PHP", "Node", "Ruby"]
    line, sig = (text.strip() for text in PAGE.split("```text\n")[1:])
    line, sig = line.partition("\n")[0], sig.partition("\n")[0]
    assert payload_holds(SECRET, sig, *line.split("|"))
