"""The calls of AWS that handlers make are noted by function, for the tests that compare them with the policies."""

from datetime import timedelta
from pathlib import Path

import boto3
import pytest

from infra.machine import calls
from infra.machine.calls import AwsCall
from tests.builders import START
from tests.faults.given import Shop, a_shop

pytestmark = pytest.mark.journeys("abandoned_cart")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where calls are to be noted, but for those of the suite itself."""
    monkeypatch.setenv(calls.VARIABLE, str(tmp_path))
    return tmp_path


def a_day(shop: Shop) -> None:
    shop.tell(shop.customer(), shop.cart())
    shop.wait(timedelta(hours=25))


def test_each_function_is_seen_to_do_its_own(folder: Path) -> None:
    with a_shop(START) as shop:
        a_day(shop)

    made = calls.read(folder)
    assert {
        AwsCall("app", "dynamodb", "PutItem", "CommerceTable"),
        AwsCall("enroll", "dynamodb", "PutItem", "EngagementTable"),
        AwsCall("sweep", "dynamodb", "Query", "EngagementTable", "due"),
        AwsCall("sweep", "sqs", "SendMessage", "DueQueue"),
        AwsCall("dispatch", "sesv2", "SendEmail"),
        AwsCall("rollup", "dynamodb", "UpdateItem", "KpisTable"),
    } <= made
    assert not [call for call in made if call.function == "sweep" and call.service == "sesv2"]


def test_what_no_handler_does_is_not_noted(folder: Path) -> None:
    with a_shop(START) as shop:
        boto3.client("dynamodb").scan(TableName=shop.machine.stack.tables["CommerceTable"])

    assert calls.read(folder) == set()


def test_two_lives_of_one_process_are_written_down_once(folder: Path) -> None:
    for _ in range(2):
        with a_shop(START) as shop:
            a_day(shop)

    (file,) = folder.iterdir()
    lines = file.read_text("utf-8").splitlines()
    assert len(lines) == len(set(lines)) == len(calls.read(folder))


def test_nothing_is_noted_without_a_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(calls.VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)

    with a_shop(START) as shop:
        a_day(shop)

    assert list(tmp_path.iterdir()) == []
