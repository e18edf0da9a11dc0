"""Each handler of the packaged zip, in a process of its own, handles a real event against moto's server.

What one function leaves behind wakes the next, as on AWS: facts are posted, a cart's reminder is sent and reported,
a launch invites its segment.
"""

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook

from infra.machine.environment import login
from infra.machine.lambda_context import scheduled_event
from tests.adopt.given import example, record
from tests.deploy.deployed import Call, Deployed, http_event
from tests.deploy.handlers.given import (
    CUSTOMERS,
    EVERY_MINUTE,
    LOGIN,
    NOW,
    at,
    customer_with_a_cart,
    items,
    launch,
    sent_mails,
)


@pytest.fixture(scope="module")
def received(deployed: Deployed) -> Call:
    """The API received facts."""
    facts = [fact for number in range(CUSTOMERS) for fact in customer_with_a_cart(number)] + [launch()]
    return deployed.call("APIHandler", http_event("POST", "/v1/facts", {"facts": facts}, LOGIN))


@pytest.fixture(scope="module")
def hooked(deployed: Deployed, received: Call) -> Call:
    """A webhook brought a fact, signed with the secret that is in the Parameter Store."""
    secret = "whsec_" + b64encode(b"an example secret of 32 letters.").decode()
    name = deployed.stack.environment["SECRETS"] + "/webhooks/events"
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
    return deployed.call("APIHandler", http_event("GET", "/v1/kpis", None, login("/v1/kpis")))


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
    """Every call of these fixtures, by function."""
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
