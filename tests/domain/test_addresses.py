"""An address is one address, however it is written; and no text is refused."""

import subprocess
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.adapters.identity import Identity
from chalicelib.domain.facts.address import envelope, normal
from tests.fakes import SECRET

JAPAN = "ann@xn--r8jz45g.jp"


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("ann@例え.jp", JAPAN),
        (JAPAN, JAPAN),
        ("ANN@XN--R8JZ45G.JP", JAPAN),
        (" ann@例え.jp.\n", JAPAN),
        ("ann@例え。ｊｐ", JAPAN),
        ("Ann <ann@例え.jp>", JAPAN),
        ('"Ann <Customer>" <ann@xn--r8jz45g.jp>', JAPAN),
        ("<ann@xn--r8jz45g.jp>", JAPAN),
        ("ann@ＥＸＡＭＰＬＥ.com", "ann@example.com"),
        ("Ann@Example.COM.", "ann@example.com"),
        ("İ@example.com", "i̇@example.com"),
        ("jose\u0301@example.com", "jos\u00e9@example.com"),
        ("ann@cafe\u0301.example", "ann@xn--caf-dma.example"),
        ("ann@CAFÉ.example", "ann@xn--caf-dma.example"),
        ("ann@stra\u00dfe.example", "ann@xn--strae-oqa.example"),
        ("ann@βόλος.example", "ann@xn--nxasmm1c.example"),
        ("ann", "ann"),
        ("", ""),
    ],
)
def test_an_address_has_one_form(written: str, form: str) -> None:
    assert normal(written) == form


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ann@stra\u00dfe.example", "ann@strasse.example"),
        ("ann@βόλος.example", "ann@βόλοσ.example"),
        ("ann@example.com", "ann@mail.example.com"),
        ("a.nn@example.com", "ann@example.com"),
        ("ann+shop@example.com", "ann@example.com"),
        ("ａnn@example.com", "ann@example.com"),
    ],
)
def test_addresses_of_two_people_stay_two(one: str, other: str) -> None:
    assert normal(one) != normal(other)


@pytest.mark.parametrize(
    "domain",
    ["例" * 80 + ".jp", "..例え", "xn--例.jp", "\u00ad.jp", "\ud800.jp", "ß" * 60 + ".de", "a\u2060\u0627b.jp"],
)
def test_an_invalid_domain_has_a_form_too(domain: str) -> None:
    form = normal(f"Ann@{domain}")

    assert form.startswith("ann@")
    assert normal(form) == form
    assert Identity(SECRET).address_hash(f"ANN@{domain}") == Identity(SECRET).address_hash(form)


texts = st.text(max_size=12)
addresses = st.builds(
    "{}@{}{}.{}".format, texts, texts, st.sampled_from("aßςİ例Ａ．"), st.sampled_from(["jp", "DE.", "例え"])
)


@given(texts | addresses)
@example("a@b<c@d>")
def test_a_form_is_its_own_form_and_a_mail_takes_the_same_along(text: str) -> None:
    form = normal(text)

    assert normal(form) == form
    assert normal(envelope(form)) == form


def test_a_mail_takes_the_local_part_along_as_its_owner_writes_it() -> None:
    assert envelope("Ann.Lee@例え.jp") == "Ann.Lee@xn--r8jz45g.jp"


def test_an_ascii_address_needs_no_tables_of_unicode_s_domains() -> None:
    code = (
        "import sys; from chalicelib.domain.facts.address import normal; normal('Ann <Ann@Example.com>');"
        "assert not {'encodings.idna', 'stringprep', 'email.utils'} & sys.modules.keys()"
    )

    subprocess.run([sys.executable, "-c", code], check=True)
