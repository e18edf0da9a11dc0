"""Addresses at their edges: the shown name, the domain's dots and labels, and what is no address."""

import pytest

from chalicelib.domain.facts.address import LONGEST_LABEL, encoded_domain, envelope, normal

SMALL = "\u00e4\u00df"
WITH_JOINER = "例\u200c"


def encoded(label: str) -> str:
    """A label in punycode, as RFC 3492 has it."""
    return f"xn--{label.encode('punycode').decode()}"


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("Ann <ann@shop.example", "ann <ann@shop.example"),  # not closed: no shown name
        ("<ann@shop.example> Ann", "<ann@shop.example> ann"),  # not at the end
        ("Ann < Ann@shop.example >  ", "ann@shop.example"),
        ("a@b@shop.example", "a@b@shop.example"),  # the last @ is the one before the domain
        ("@shop.example", "@shop.example"),
        ("ann@", "ann@"),
        ("Ann Lee", "ann lee"),
    ],
)
def test_the_address_is_what_the_shown_name_leaves(written: str, form: str) -> None:
    assert normal(written) == form


@pytest.mark.parametrize(
    ("domain", "form"),
    [
        ("Shop.Example.", "shop.example"),
        ("shop.example..", "shop.example"),
        ("例え.JP.", "xn--r8jz45g.jp"),
        ("例え\uff0eJP", "xn--r8jz45g.jp"),
        ("例え\uff61JP", "xn--r8jz45g.jp"),
        ("WWW.例え.jp", "www.xn--r8jz45g.jp"),
        ("stra\u1e9ee.example", "xn--strae-oqa.example"),  # the capital of ß
        ("STRA\u00dfE.example", "xn--strae-oqa.example"),
        ("\u00c4\u00df.example", f"{encoded(SMALL)}.example"),  # what stands beside a ß is in lower case
        (f"{'a' * 70}.例え.jp", f"{'a' * 70}.xn--r8jz45g.jp"),  # what is ASCII stays as it is
        (f"{WITH_JOINER}.jp", f"{encoded(WITH_JOINER)}.jp"),
    ],
)
def test_a_domain_is_in_a_labels(domain: str, form: str) -> None:
    assert encoded_domain(domain) == form


def test_an_invalid_domain_is_only_in_lower_case_and_without_its_last_dot() -> None:
    assert encoded_domain("例" * 80 + ".JP.") == "例" * 80 + ".jp"


def test_a_label_with_a_sharp_s_may_be_as_long_as_any_label_and_no_longer() -> None:
    labels = ["ß" + "a" * number for number in range(LONGEST_LABEL)]
    fits = max((label for label in labels if len(encoded(label)) <= LONGEST_LABEL), key=len)
    too_long = f"{fits}a"

    assert len(encoded(fits)) == LONGEST_LABEL
    assert encoded_domain(f"{fits}.de") == f"{encoded(fits)}.de"
    assert encoded_domain(f"{too_long}.de") == f"{too_long}.de"


@pytest.mark.parametrize(
    ("written", "taken"),
    [
        (" Ann@Shop.EXAMPLE. ", "Ann@shop.example"),
        ("Ann@b@例え.jp", "Ann@b@xn--r8jz45g.jp"),
        ("Ann", "Ann"),
        ("Jose\u0301@shop.example", "Jos\u00e9@shop.example"),
    ],
)
def test_a_mail_takes_the_local_part_along_as_it_is_written(written: str, taken: str) -> None:
    assert envelope(written) == taken
