"""Each handler of the packaged zip does its part, with nothing but the zip's libraries and what it is allowed."""

import json

import pytest

from infra.machine.calls import calls_of, with_logical_names
from infra.machine.environment import PARAMETERS
from infra.package.packaged import CHECKOUT, Template
from infra.package.template import functions
from tests.deploy.deployed import PROCESS, Call, Deployed, files_of
from tests.deploy.handlers.given import CUSTOMERS, EVERY_MINUTE, items, sent_mails
from tests.deploy.permissions import refused
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)


def handler_of(template: Template, function: str) -> str:
    """The name of a function's handler in ``app.py``."""
    return str(functions(template)[function]["Handler"]).removeprefix("app.")


def test_the_api_stores_facts(received: Call) -> None:
    assert received.answer["statusCode"] == 202
    assert json.loads(received.answer["body"]) == {
        "received": 2 * CUSTOMERS + 1,
        "stored": 2 * CUSTOMERS + 1,
        "launches": {"l-1": {"gold": ["invitation"]}},
    }


def test_the_api_takes_a_webhook(hooked: Call) -> None:
    assert hooked.answer["statusCode"] == 200, hooked.output
    assert json.loads(hooked.answer["body"])["stored"] == 1


def test_adopt_takes_in_what_a_table_of_the_shop_s_own_tells(deployed: Deployed, adopted: Call) -> None:
    assert adopted.answer == {"batchItemFailures": []}
    assert [item for item in items(deployed, "CommerceTable", "CUSTOMER") if "own@mail.example" in str(item)]


def test_enroll_reads_the_commerce_stream(deployed: Deployed, enrolled: Call) -> None:
    assert enrolled.answer == {"batchItemFailures": []}
    assert len(items(deployed, "EngagementTable", "ENROLLMENT#abandoned_cart#")) == CUSTOMERS


def test_sweep_queues_what_is_due(swept: Call) -> None:
    assert swept.answer["due"] == CUSTOMERS


def test_dispatch_sends_the_mails(dispatched: Call) -> None:
    mails = sent_mails()

    assert dispatched.answer == {}
    assert 1 <= len(mails) <= CUSTOMERS
    assert all(PARAMETERS["ShopAddress"] in mail.get_body(("plain",)).get_content() for mail in mails)


def test_feedback_records_a_delivery(deployed: Deployed, fed_back: Call) -> None:
    assert fed_back.answer == {"batchItemFailures": []}
    outcomes = [set(item["outcomes"]["M"]) for item in items(deployed, "EngagementTable", "ENROLLMENT#")]
    assert sum(any(name.startswith("delivered#") for name in names) for names in outcomes) == 1


def test_the_api_shows_the_page_behind_an_unsubscribe_link(followed: Call) -> None:
    assert followed.answer["statusCode"] == 200
    assert "<form" in followed.answer["body"]


def test_enroll_ends_a_run_after_an_order(deployed: Deployed, ended: Call) -> None:
    runs = items(deployed, "EngagementTable", "ENROLLMENT#abandoned_cart#")

    assert ended.answer == {"batchItemFailures": []}
    assert (
        len([run for run in runs if any(name.startswith(("exited", "converted")) for name in run["outcomes"]["M"])])
        == 1
    )


def test_rollup_counts_the_outcomes(deployed: Deployed, rolled_up: Call) -> None:
    assert rolled_up.answer == {"batchItemFailures": [], "state": {}}
    assert items(deployed, "KpisTable", "SHARD#shardId-0001")


def test_the_api_tells_the_figures(figures: Call) -> None:
    received = json.loads(figures.answer["body"])["journeys"]["abandoned_cart"]

    assert received["enrolled"] == CUSTOMERS
    assert received["sent"] == len(sent_mails())


def test_audience_enrolls_a_page_of_the_launchs_segment(deployed: Deployed, invited: Call) -> None:
    assert invited.answer == {"batchItemFailures": []}
    assert len(items(deployed, "EngagementTable", "ENROLLMENT#early_access#")) == 1


def test_nightly_finds_no_differences(recounted: Call) -> None:
    assert recounted.answer["suspected"] == 0


def test_the_functions_bring_everything_with_them_and_write_nothing(
    deployed: Deployed, all_calls: dict[str, list[Call]]
) -> None:
    before = files_of(deployed.folder)

    again = deployed.call("Sweep", EVERY_MINUTE)

    for call in [again, *(call for calls in all_calls.values() for call in calls)]:
        assert any(deployed.folder in file.parents for file in call.files)
        assert not [
            file
            for file in call.files
            if "site-packages" in file.parts or (CHECKOUT in file.parents and file != PROCESS)
        ]
    assert files_of(deployed.folder) == before


def test_every_library_in_the_zip_is_imported_by_a_function(
    deployed: Deployed, all_calls: dict[str, list[Call]]
) -> None:
    files = {file for calls in all_calls.values() for call in calls for file in call.files}
    imported = {file.relative_to(deployed.folder).parts[0] for file in files if deployed.folder in file.parents}

    shipped = {path.name for path in deployed.folder.iterdir() if path.name != "__pycache__"}

    assert shipped - imported == {"tzdata"}, "tzdata is read where the system has no time zones of its own"


HEAVY = ("boto3", "s3transfer", "jinja2", "standardwebhooks")
"""What takes long to import, and only a route of the API or the writing of mails needs."""


@pytest.mark.parametrize("function", ["Adopt", "Enroll", "Sweep", "Feedback", "Rollup"])
def test_a_function_starts_without_what_others_need(
    deployed: Deployed, all_calls: dict[str, list[Call]], function: str
) -> None:
    files = {file for call in all_calls[function] for file in call.files if deployed.folder in file.parents}
    imported = {file.relative_to(deployed.folder).parts[0] for file in files}

    assert "chalice" in imported
    assert not imported & set(HEAVY)


def test_every_call_of_aws_is_allowed(deployed: Deployed, all_calls: dict[str, list[Call]]) -> None:
    made = {
        each
        for function, calls in all_calls.items()
        for call in calls
        for one in call.calls
        for each in calls_of(handler_of(deployed.template, function), *one)
    }

    assert set(all_calls) == set(functions(deployed.template))
    assert refused(with_logical_names(made, deployed.stack)) == []
