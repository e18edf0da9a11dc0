"""Half a character in a body, as JavaScript leaves it where it cuts a text, loses nothing else of it."""

import pytest

from chalicelib.domain.errors import InvalidFact
from chalicelib.sources.decoding import decoded


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (rb'{"a": "Tea \ud83d"}', "Tea \ufffd"),
        (rb'{"a": "Tea \uD83D!"}', "Tea \ufffd!"),
        (rb'{"a": "\ude00 Tea"}', "\ufffd Tea"),
        (rb'{"a": "\ud83d \ud83d\ude00"}', "\ufffd \U0001f600"),
        (rb'{"a": "\ud83d \\ud83d \n"}', "\ufffd \\ud83d \n"),
    ],
)
def test_half_a_character_is_the_sign_for_none(body: bytes, text: str) -> None:
    assert decoded(body, dict[str, str]) == {"a": text}
    assert decoded(body.decode(), dict[str, str]) == {"a": text}


def test_what_is_no_json_is_still_none() -> None:
    with pytest.raises(InvalidFact, match="expected JSON"):
        decoded(b'{"a": "\\ud83d"', dict[str, str])
