"""Tokens: what was signed comes back, and nothing else does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters.tokens import LONGEST, Tokens, parse_keys
from chalicelib.domain.errors import InvalidSetting, InvalidToken

NEW = ("k2", b"n" * 32)
OLD = ("k1", b"o" * 32)
TOKENS = Tokens([NEW, OLD])
PARTS = ("c_7Qm2", "nps_survey", "0f3a", "survey")


@given(st.text(max_size=30), st.lists(st.text(max_size=20), max_size=5))
def test_what_was_signed_is_read_back(purpose: str, parts: list[str]) -> None:
    token = TOKENS.sign(purpose, *parts)

    assert TOKENS.read(purpose, token) == tuple(parts)


@given(st.text() | st.from_regex(r"k[12]\.[\w-]{0,40}\.[\w-]{43}", fullmatch=True) | st.text(".-_kA=", max_size=80))
def test_no_text_raises_anything_but_invalid_token(text: str) -> None:
    with pytest.raises(InvalidToken):
        TOKENS.read("survey", text)


@given(st.text(), st.text())
def test_a_token_for_one_purpose_is_refused_for_another(purpose: str, other: str) -> None:
    token = TOKENS.sign(purpose, *PARTS)

    if purpose != other:
        with pytest.raises(InvalidToken):
            TOKENS.read(other, token)


@given(st.data())
def test_a_token_changed_in_one_place_is_refused(data: st.DataObject) -> None:
    token = TOKENS.sign("survey", *PARTS)
    place = data.draw(st.integers(0, len(token) - 1))
    character = data.draw(st.characters().filter(lambda drawn: drawn != token[place]))

    with pytest.raises(InvalidToken):
        TOKENS.read("survey", token[:place] + character + token[place + 1 :])


@pytest.mark.parametrize("ending", ["A", "\n", "=", ".", " ", "\0", "é"])
def test_a_token_with_something_after_it_is_refused(ending: str) -> None:
    token = TOKENS.sign("survey", *PARTS)

    with pytest.raises(InvalidToken):
        TOKENS.read("survey", token + ending)


def test_a_token_cut_short_is_refused() -> None:
    token = TOKENS.sign("survey", *PARTS)

    for length in range(len(token)):
        with pytest.raises(InvalidToken):
            TOKENS.read("survey", token[:length])


def test_a_token_is_made_of_characters_that_a_url_needs_not_escape() -> None:
    token = TOKENS.sign("survey", "한글", "a/b?c&d")

    assert all(character.isascii() and (character.isalnum() or character in "-_.") for character in token)


def test_the_old_key_still_reads_and_the_new_one_signs() -> None:
    old = Tokens([OLD]).sign("survey", *PARTS)

    assert TOKENS.read("survey", old) == PARTS
    assert TOKENS.sign("survey", *PARTS).startswith("k2.")


def test_a_retired_key_reads_no_more() -> None:
    old = Tokens([OLD]).sign("survey", *PARTS)

    with pytest.raises(InvalidToken, match="not live"):
        Tokens([NEW]).read("survey", old)


def test_another_secret_under_the_same_id_is_refused() -> None:
    forged = Tokens([("k2", b"x" * 32)]).sign("survey", *PARTS)

    with pytest.raises(InvalidToken):
        TOKENS.read("survey", forged)


def test_a_token_that_would_be_too_long_to_read_is_not_signed() -> None:
    with pytest.raises(ValueError, match=str(LONGEST)):
        TOKENS.sign("survey", "x" * LONGEST)


def test_keys_are_read_newest_first() -> None:
    keys = parse_keys(f"k2:{NEW[1].hex()}, k1:{OLD[1].hex()}")

    assert keys == (NEW, OLD)


@pytest.mark.parametrize(
    "text",
    ["", "k1", "k1:", "k1:zz", ":" + "ab" * 16, "k1:abcd", "k 1:" + "ab" * 16, f"k1:{'ab' * 16},k1:{'cd' * 16}",
     f"k1:{'ab' * 16},", "x" * 17 + ":" + "ab" * 16],
)  # fmt: skip
def test_malformed_keys_are_an_invalid_setting_that_shows_no_secret(text: str) -> None:
    with pytest.raises(InvalidSetting) as caught:
        parse_keys(text)

    assert "ab" not in str(caught.value)
    assert "zz" not in str(caught.value)


def test_the_secrets_are_not_shown() -> None:
    assert "nnn" not in repr(TOKENS)
