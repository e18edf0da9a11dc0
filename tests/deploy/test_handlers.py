"""Each handler of the packaged zip, in a process of its own, handles a real event against moto's server.

What one function leaves behind wakes the next, as on AWS: facts are posted, a cart's reminder is sent and reported,
a launch invites its segment.
"""

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from email import message_from_string, policy
from typing import Any

import pytest
from moto.core.base_backend import BackendDict
from moto.ses.models import ses_backends
from standardwebhooks.webhooks import Webhook

from infra.machine.calls import calls_of, with_logical_names
from infra.machine.environment import PARAMETERS
from infra.machine.lambda_context import scheduled_event
from infra.machine.stack import ACCOUNT_ID, REGION
from infra.package.packaged import CHECKOUT, Template
from infra.package.template import functions
from tests.adopt.given import example, record
from tests.deploy.deployed import PROCESS, Call, Deployed, files_of, http_event
from tests.deploy.permissions import refused
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
CUSTOMERS = 6
NOW = datetime.now(UTC)
LOGIN = {"Authorization": f"Bearer {PARAMETERS['ApiKey']}"}
EVERY_MINUTE = scheduled_event(NOW, "rate(1 minute)")


def handler_of(template: Template, function: str) -> str:
    """The name of a function's handler in ``app.py``."""
    return str(functions(template)[function]["Handler"]).removeprefix("app.")


def at(ago: timedelta) -> str:
    return (NOW - ago).isoformat()


def zone_where_it_is_noon() -> str:
    """No quiet hours there, whenever this runs."""
    ahead = 12 - NOW.hour
    return f"Etc/GMT{-ahead:+d}" if ahead else "UTC"


def customer_with_a_cart(number: int) -> list[dict[str, Any]]:
    consent = {"marketing": {"given": True, "at": at(timedelta(days=3))}}
    person = {"name": "Mina", "language": "en", "country": "US", "time_zone": zone_where_it_is_noon()}
    line = {"product": "tea", "name": "Green tea", "quantity": 1, "price": 1250}
    cart = {"customer_id": f"c-{number}", "id": f"k-{number}", "at": at(timedelta(hours=30))}
    return [
        {
            "type": "customer",
            "id": f"c-{number}",
            "at": at(timedelta(days=3)),
            "email": f"person{number}@mail.example",
            "consents": consent,
            **person,
        },
        {"type": "cart", **cart, "total": 1250, "currency": "USD", "lines": [line]},
    ]


def launch() -> dict[str, Any]:
    opens, ends = at(timedelta(days=-5)), at(timedelta(days=-9))
    named = {"type": "launch", "id": "l-1", "at": at(timedelta(hours=1)), "name": "Spring tea", "products": ["spring"]}
    return {**named, "segment": "loyal", "opens_at": opens, "ends_at": ends, "early_by": {"gold": 48}}


def sent_mails() -> list[Any]:
    backends: BackendDict[Any] = ses_backends
    raw = [each.raw_data for each in backends[ACCOUNT_ID][REGION].sent_messages]
    return [message_from_string(text, policy=policy.default) for text in raw]


def items(deployed: Deployed, table: str, prefix: str) -> list[Any]:
    found = deployed.client("dynamodb").scan(TableName=deployed.stack.tables[table])["Items"]
    return [item for item in found if item["sk"]["S"].startswith(prefix)]


@pytest.fixture(scope="module")
def received(deployed: Deployed) -> Call:
    """The API received facts."""
    facts = [fact for number in range(CUSTOMERS) for fact in customer_with_a_cart(number)] + [launch()]
    return deployed.call("APIHandler", http_event("POST", "/v1/facts", {"facts": facts}, LOGIN))


@pytest.fixture(scope="module")
def hooked(deployed: Deployed, received: Call) -> Call:
    """A webhook brought a fact, signed with the secret that is in the Parameter Store."""
    secret = "whsec_" + b64encode(b"an example secret of 32 letters.").decode()
    name = deployed.stack.environment["WEBHOOK_SECRETS"] + "/events"
    deployed.client("ssm").put_parameter(Name=name, Value=secret, Type="SecureString", Overwrite=True)
    (fact, *_) = customer_with_a_cart(CUSTOMERS)
    now = datetime.now(UTC)
    headers = {
        "webhook-id": "msg-1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg-1", now, json.dumps(fact)),
    }
    return deployed.call("APIHandler", http_event("POST", "/webhooks/{source}", fact, headers, source="events"))


@pytest.fixture(scope="module")
def adopted(deployed: Deployed, received: Call) -> Call:
    """A table of the shop's own held a profile, by the mapping in the zip."""
    customers, _ = example()
    item = {"id": "own-1", "changed": int(NOW.timestamp()), "contact": {"email": "own@mail.example"}}
    return deployed.call("Adopt", {"Records": [record(customers, item)]})


@pytest.fixture(scope="module")
def enrolled(deployed: Deployed, received: Call) -> Call:
    """The commerce stream was read."""
    return deployed.call("Enroll", deployed.stream_event("CommerceTable"))


@pytest.fixture(scope="module")
def swept(deployed: Deployed, enrolled: Call) -> Call:
    """A minute has begun."""
    return deployed.call("Sweep", EVERY_MINUTE)


@pytest.fixture(scope="module")
def dispatched(deployed: Deployed, swept: Call) -> Call:
    """The queue of due batches was read."""
    return deployed.call("Dispatch", deployed.queue_event("DueQueue"))


@pytest.fixture(scope="module")
def fed_back(deployed: Deployed, dispatched: Call) -> Call:
    """SES reported on a mail; the events went over the topic and the subscription of the template."""
    mail = sent_mails()[0]
    tags = dict(pair.strip().split("=", 1) for pair in mail["X-SES-MESSAGE-TAGS"].split(","))
    about = {"timestamp": at(timedelta()), "messageId": "m-1", "tags": {name: [tag] for name, tag in tags.items()}}
    then = {"timestamp": at(timedelta())}
    bounced = [{"emailAddress": mail["To"].addresses[0].addr_spec}]
    events = (
        {"eventType": "Delivery", "mail": about, "delivery": then},
        {"eventType": "Click", "mail": about, "click": {**then, "link": "https://shop.example"}},
        {
            "eventType": "Bounce",
            "mail": about,
            "bounce": {**then, "bounceType": "Permanent", "bouncedRecipients": bounced},
        },
    )
    for event in events:
        topic = deployed.stack.topics["SesEventsTopic"]
        deployed.client("sns").publish(TopicArn=topic, Message=json.dumps(event))
    return deployed.call("Feedback", deployed.queue_event("FeedbackQueue"))


@pytest.fixture(scope="module")
def followed(deployed: Deployed, dispatched: Call) -> Call:
    """A recipient opened the page that a mail's unsubscribe link leads to."""
    token = sent_mails()[0]["List-Unsubscribe"].strip("<>").rpartition("/")[2]
    event = http_event("GET", "/v1/unsubscribe/{token}", headers={"Accept": "text/html"}, token=token)
    return deployed.call("APIHandler", event)


@pytest.fixture(scope="module")
def ordered(deployed: Deployed, dispatched: Call) -> Call:
    """A customer with a cart placed an order, with a coupon."""
    order = {"type": "order", "customer_id": "c-0", "id": "o-0", "placed_at": at(timedelta()), "total": 1250}
    fact = {**order, "currency": "USD", "products": ["tea"], "cart_id": "k-0", "coupon": "TEA-10"}
    return deployed.call("APIHandler", http_event("POST", "/v1/facts", fact, LOGIN))


@pytest.fixture(scope="module")
def ended(deployed: Deployed, ordered: Call) -> Call:
    """The commerce stream was read again, from its beginning and to the order."""
    return deployed.call("Enroll", deployed.stream_event("CommerceTable"))


@pytest.fixture(scope="module")
def rolled_up(deployed: Deployed, fed_back: Call, ended: Call) -> Call:
    """The engagement stream was read."""
    window = {"start": at(timedelta(minutes=1)), "end": at(timedelta())}
    with_window = {"shardId": "shardId-0001", "window": window, "state": {}, "isFinalInvokeForWindow": False}
    return deployed.call("Rollup", {**deployed.stream_event("EngagementTable"), **with_window})


@pytest.fixture(scope="module")
def figures(deployed: Deployed, rolled_up: Call) -> Call:
    """The API was asked for the figures."""
    return deployed.call("APIHandler", http_event("GET", "/v1/kpis", None, LOGIN))


@pytest.fixture(scope="module")
def invited(deployed: Deployed, ended: Call) -> Call:
    """The queue of announced launches was read, with one customer in the launch's segment; it was announced twice."""
    member = items(deployed, "CommerceTable", "CUSTOMER")[0] | {"sk": {"S": "MEMBER#loyal"}, "segment": {"S": "loyal"}}
    item = {name: member[name] for name in ("pk", "sk", "segment")}
    deployed.client("dynamodb").put_item(TableName=deployed.stack.tables["EngagementTable"], Item=item)
    return deployed.call("Audience", deployed.queue_event("AudienceQueue"))


@pytest.fixture(scope="module")
def recounted(deployed: Deployed, rolled_up: Call) -> Call:
    """A night went by."""
    return deployed.call("Nightly", scheduled_event(NOW, "cron(0 3 * * ? *)"))


@pytest.fixture(scope="module")
def all_calls(
    received: Call,
    hooked: Call,
    adopted: Call,
    figures: Call,
    enrolled: Call,
    invited: Call,
    swept: Call,
    dispatched: Call,
    fed_back: Call,
    followed: Call,
    ordered: Call,
    ended: Call,
    rolled_up: Call,
    recounted: Call,
) -> dict[str, list[Call]]:
    """Every call of this file, by function."""
    one_each = {
        "Adopt": adopted,
        "Audience": invited,
        "Sweep": swept,
        "Dispatch": dispatched,
        "Feedback": fed_back,
        "Rollup": rolled_up,
        "Nightly": recounted,
    }
    several = {"APIHandler": [received, hooked, figures, followed, ordered], "Enroll": [enrolled, ended]}
    return {**several, **{name: [call] for name, call in one_each.items()}}


def test_the_api_stores_facts(received: Call) -> None:
    assert received.answer["statusCode"] == 202
    assert json.loads(received.answer["body"]) == {"received": 2 * CUSTOMERS + 1, "stored": 2 * CUSTOMERS + 1}


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
    assert recounted.answer["differences"] == 0


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
