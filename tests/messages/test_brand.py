"""The brand's colours are colours, and can be read."""

from dataclasses import replace

import pytest

import workflows
from infra.cli import main as cli
from infra.messages import contrast
from infra.messages.local import templates

BRAND = templates(workflows.FOLDER).brand


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#ffffff", 4.48),
        ("#767676", "#FFFFFF", 4.54),
        ("#123456", "#123456", 1.0),
    ],
)
def test_the_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    """The greys are the well-known pair on either side of the limit."""
    assert round(contrast.contrast(one, other), 2) == round(contrast.contrast(other, one), 2) == ratio


def test_our_own_colours_can_be_read() -> None:
    assert list(contrast.faults(BRAND)) == []


def test_a_colour_that_is_none_and_one_that_is_hard_to_read_are_named() -> None:
    odd = replace(BRAND, dark=replace(BRAND.dark, text="white", muted="#444444"))

    assert list(contrast.faults(odd)) == [
        "brand.toml: [dark] text: expected a colour such as #1f5c4d",
        "brand.toml: [dark] muted: hard to read on card: the contrast is 1.5, not 4.5",
        "brand.toml: [dark] muted: hard to read on page: the contrast is 1.8, not 4.5",
    ]


@pytest.mark.every_journey
def test_validate_names_them(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(contrast, "LEAST", 22)

    assert cli.main(["validate"]) == 1
    assert "brand.toml: [colors] text: hard to read on card" in capsys.readouterr().err
