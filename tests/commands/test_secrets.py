"""``rekindle secrets``: made at random once, replaced with both values live, and never shown unless asked."""

from collections.abc import Iterator
from io import StringIO

import boto3
import pytest
from moto import mock_aws

from chalicelib.adapters.aws import Aws
from chalicelib.adapters.secrets import Secrets, identity_key
from chalicelib.adapters.tokens import parse_keys
from chalicelib.domain.errors import InvalidSetting
from infra.machine.environment import ACCOUNT
from infra.scoped.changes import environment
from tests.commands.given import rekindle

Capture = pytest.CaptureFixture[str]
MADE = ["identity", "tokens", "api/facts", "api/figures", "api/operate"]


@pytest.fixture(autouse=True)
def account() -> Iterator[None]:
    with environment(ACCOUNT, hidden="AWS_"), mock_aws():
        yield


def value(name: str, path: str = "/rekindle") -> str:
    found = boto3.client("ssm").get_parameter(Name=f"{path}/{name}", WithDecryption=True)["Parameter"]
    assert found["Type"] == "SecureString"
    return found["Value"]


def test_those_that_are_missing_are_made_once_and_the_functions_can_read_them(capsys: Capture) -> None:
    said = rekindle(capsys, "secrets", "init", "--json")
    made = {name: value(name) for name in MADE}

    assert said.json == {"made": MADE, "kept": []}
    assert rekindle(capsys, "secrets", "init", "--json").json == {"made": [], "kept": MADE}
    assert {name: value(name) for name in MADE} == made
    assert len(set(made.values())) == len(MADE)
    assert len(identity_key(made["identity"])) == 32
    ((kid, key),) = parse_keys(made["tokens"])
    assert (kid, len(key)) == ("k1", 32)
    assert Secrets("/rekindle", Aws()).live("api/facts") == (made["api/facts"],)


def test_making_and_listing_show_no_value(capsys: Capture) -> None:
    said = [rekindle(capsys, "secrets", *words).out for words in (("init",), ("list",), ("list", "--json"))]

    assert not [name for name in MADE if value(name).rpartition(":")[2] in "".join(said)]
    assert "api/figures   " in said[1]
    assert max(map(len, said[1].splitlines())) <= 120


def test_the_list_names_what_is_missing(capsys: Capture) -> None:
    assert rekindle(capsys, "secrets", "list").out.count("missing") == len(MADE)


def test_while_a_key_is_replaced_two_are_live(capsys: Capture) -> None:
    rekindle(capsys, "secrets", "init")
    old = value("api/facts")

    for _ in range(2):
        former, said = value("api/facts").splitlines()[0], rekindle(capsys, "secrets", "add", "api/facts", "--json")
        assert said.json == {"name": "api/facts", "live": 2}
        assert value("api/facts").splitlines()[1] == former
    rekindle(capsys, "secrets", "retire", "api/facts")

    (left,) = value("api/facts").splitlines()
    assert left not in (old, former)
    assert rekindle(capsys, "secrets", "show", "api/facts").out == f"{left}\n"


def test_keys_of_links_are_all_kept_and_numbered(capsys: Capture) -> None:
    rekindle(capsys, "secrets", "init")

    for _ in range(3):
        rekindle(capsys, "secrets", "add", "tokens")

    assert [kid for kid, _ in parse_keys(value("tokens"))] == ["k4", "k3", "k2", "k1"]


def test_the_identity_never_changes(capsys: Capture) -> None:
    rekindle(capsys, "secrets", "init")
    before = value("identity")

    assert "never changes" in rekindle(capsys, "secrets", "add", "identity").err
    rekindle(capsys, "secrets", "retire", "identity")

    assert value("identity") == before


def test_a_webhook_s_secret_is_given_and_checked(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(" a secret \n"))
    assert rekindle(capsys, "secrets", "add", "webhooks/woocommerce").status == 0
    monkeypatch.setattr("sys.stdin", StringIO("whsec_!\n"))
    refused = rekindle(capsys, "secrets", "add", "webhooks/events")

    assert value("webhooks/woocommerce") == " a secret "
    assert (refused.status, "is base64" in refused.err, "whsec_!" in refused.err) == (1, True, False)


@pytest.mark.parametrize("text", ["", "\n", "one\ntwo\n"])
def test_a_secret_is_one_line(capsys: Capture, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(text))

    assert rekindle(capsys, "secrets", "add", "webhooks/shopify").err == "rekindle: expected one line with the secret\n"


def test_another_path_and_another_key_of_kms(capsys: Capture) -> None:
    key = boto3.client("kms").create_key()["KeyMetadata"]["KeyId"]

    rekindle(capsys, "secrets", "init", "--path", "/tea/shop", "--key-id", key)

    (found, *_) = boto3.client("ssm").describe_parameters()["Parameters"]
    assert (found["Name"], found["KeyId"]) == ("/tea/shop/identity", key)


def test_what_does_not_exist_is_named(capsys: Capture) -> None:
    assert rekindle(capsys, "secrets", "show", "tokens").err == "rekindle: there is no secret /rekindle/tokens\n"
    assert "expected one of identity, tokens" in rekindle(capsys, "secrets", "show", "token").err
    with pytest.raises(InvalidSetting, match=r"^the secret /rekindle/identity does not exist: make it with rekindle"):
        Secrets("/rekindle", Aws()).fixed("identity")


@pytest.mark.parametrize("text", ["", "not hexadecimal", "3c" * 15])
def test_a_damaged_identity_is_an_error_that_shows_nothing(text: str) -> None:
    with pytest.raises(InvalidSetting) as raised:
        identity_key(text)

    assert not text or text not in str(raised.value)
