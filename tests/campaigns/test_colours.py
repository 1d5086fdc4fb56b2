"""Whatever two colours an owner chooses, what is written on the pages can be read."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from goodword.campaigns.colours import EDGE, TEXT, contrast, palette, read_colour, stylesheet
from goodword.campaigns.decide import BadCampaign

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
ON_BOTH = ("ink", "soft", "accent", "red")


@given(accent=colours, paper=colours, dark=st.booleans())
@example("#777777", "#777777", False)
@example("#ffffff", "#ffffff", False)
@example("#000000", "#000000", True)
def test_every_text_stands_out_from_what_it_stands_on(accent: str, paper: str, dark: bool) -> None:
    page = palette(accent, paper, dark)
    for text in ON_BOTH:
        assert contrast(page[text], page["paper"]) >= TEXT, text
        assert contrast(page[text], page["card"]) >= TEXT, text
    assert contrast(page["on-fill"], page["fill"]) >= TEXT
    assert contrast(page["ink"], page["wash"]) >= TEXT
    assert contrast(page["field"], page["card"]) >= EDGE
    assert contrast(page["edge"], page["card"]) >= EDGE


@given(accent=colours, paper=colours)
def test_buttons_have_the_very_colour_and_light_pages_the_very_ground(
    accent: str, paper: str
) -> None:
    page = palette(accent, paper, dark=False)
    assert (page["fill"], page["paper"]) == (accent, paper)


@given(accent=colours, paper=colours)
def test_a_dark_screen_gets_a_dark_page(accent: str, paper: str) -> None:
    page = palette(accent, paper, dark=True)
    assert contrast(page["paper"], "#ffffff") > contrast(page["paper"], "#000000")


def test_contrast_is_that_of_the_standard() -> None:
    """Against the examples of WCAG's own technique G18 and its tools."""
    assert contrast("#000000", "#ffffff") == 21
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#0000ff", "#ffffff") == pytest.approx(8.59, abs=0.01)
    assert contrast("#ff0000", "#ff0000") == 1


@pytest.mark.parametrize(
    ("typed", "colour"),
    [
        ("#0b6b50", "#0b6b50"),
        (" 0B6B50 ", "#0b6b50"),
        ("#0bf", "#00bbff"),
        ("FFF", "#ffffff"),
    ],
)
def test_a_colour_has_one_spelling(typed: str, colour: str) -> None:
    assert read_colour("accent", typed) == colour


@pytest.mark.parametrize(
    "typed",
    ["", "red", "#12", "#12345", "#1234567", "#gggggg", "#0b6b50;}", "rgb(1,2,3)", "#０b6b50"],
)
def test_what_is_no_colour_is_refused_by_its_field(typed: str) -> None:
    with pytest.raises(BadCampaign) as refused:
        read_colour("paper", typed)
    assert refused.value.field == "paper"


def test_the_stylesheet_holds_variables_alone() -> None:
    text = stylesheet("#0b6b50", "#f7f6f2")
    assert text.count(":root {") == 2
    assert text.count("--") == 2 * len(palette("#0b6b50", "#f7f6f2", dark=False))
    assert "url" not in text
