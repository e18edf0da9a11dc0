"""What a shop has told when the handlers begin, and what they have left behind."""

from datetime import UTC, datetime, timedelta
from email import message_from_string, policy
from typing import Any

from moto.core.base_backend import BackendDict
from moto.ses.models import ses_backends

from infra.machine.environment import login
from infra.machine.lambda_context import scheduled_event
from infra.machine.stack import ACCOUNT_ID, REGION
from tests.deploy.deployed import Deployed

CUSTOMERS = 6
NOW = datetime.now(UTC)
LOGIN = login("/v1/facts")
EVERY_MINUTE = scheduled_event(NOW, "rate(1 minute)")


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
    early_by = {"gold": 24}  # so short that no last call comes, at whatever hour this runs
    named = {"type": "launch", "id": "l-1", "at": at(timedelta(hours=1)), "name": "Spring tea", "products": ["spring"]}
    return {**named, "segment": "loyal", "opens_at": opens, "ends_at": ends, "early_by": early_by}


def sent_mails() -> list[Any]:
    backends: BackendDict[Any] = ses_backends
    raw = [each.raw_data for each in backends[ACCOUNT_ID][REGION].sent_messages]
    return [message_from_string(text, policy=policy.default) for text in raw]


def items(deployed: Deployed, table: str, prefix: str) -> list[Any]:
    found = deployed.client("dynamodb").scan(TableName=deployed.stack.tables[table])["Items"]
    return [item for item in found if item["sk"]["S"].startswith(prefix)]
