"""``rekindle serve``: secrets, as arguments or in files, are read as they are and never printed."""

from pathlib import Path

import pytest

from infra.cli.commands import serve
from tests.commands.given import Said, rekindle
from tests.commands.serve.given import Capture, serving
from tests.naming import FOUR
from tests.webhooks.given import payload, shopify

pytestmark = pytest.mark.journeys(*FOUR)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--secret", "magento=abc"), "expected SOURCE=... with one of these sources: events"),
        (("--secret", "shopify"), "expected SOURCE=..."),
        (("--secret", "shopify="), "expected SOURCE=..."),
        (("--secret", "events=whsec_!"), "a secret of events is base64"),
        (("--secret", "shopify=  "), "expected SOURCE=..."),
        (("--secret", "shopify=two\nlines"), "has characters that are not printable ASCII"),
        (("--secret", "shopify=a sécret"), "has characters that are not printable ASCII"),
        (("--port", "70000"), "expected a whole number"),
        (("--public-url", "example.com"), "expected a URL"),
    ],
)
def test_wrong_arguments_are_named_without_their_secret(capsys: Capture, words: tuple[str, str], problem: str) -> None:
    said: Said = rekindle(capsys, "serve", *words)

    assert said.status == 2
    assert problem in said.err
    assert "whsec_!" not in said.err
    assert "two" not in said.err
    assert "sécret" not in said.err


@pytest.mark.parametrize(
    ("text", "problem"), [("", "contains no secret"), (" \n", "contains no secret"), ("whsec_!\n", "is base64")]
)
def test_a_file_without_a_secret_is_refused(capsys: Capture, tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / "secret"
    file.write_text(text, "utf-8")

    said = rekindle(capsys, "serve", "--secret-file", f"events={file}")

    assert said.status == 1
    assert problem in said.err


def test_several_live_secrets_stand_together(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("one with spaces\n\n two \r\n", "utf-8")

    pairs = [("shopify", "zero"), *serve._read("shopify", str(file)), ("segment", "other")]

    assert serve._joined(pairs) == {"shopify": "zero\none with spaces\n two ", "segment": "other"}


def test_a_secret_with_spaces_opens_the_door(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("an older one\n a1!x Zq~]p<>&k \n", "utf-8")
    body = payload("shopify", "carts_update")

    with serving(tmp_path, "--secret", "shopify=one more secret", "--secret-file", f"shopify={file}") as there:
        for secret in ("one more secret", "an older one", " a1!x Zq~]p<>&k ", "a1!x Zq~]p<>&k"):
            assert there.send(shopify("carts/update", body, secret=secret))[0] == 200
        assert there.send(shopify("carts/update", body, secret="a1!x"))[0] == 401
