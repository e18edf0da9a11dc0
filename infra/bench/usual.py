"""The same reminder as it is usually written: Powertools' batch processor, ``boto3.resource``, one call per item.

It is complete: it checks consent, suppressed addresses, the frequency cap, quiet hours and a later order, claims
before it sends, and counts. It renders the same templates as the journey. It lacks the less common optimizations: it
does not read or write several items in one call, unpack only the needed fields, or keep a customer's facts together.
"""

import hashlib
import hmac
import json
import os
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, TextIO
from zoneinfo import ZoneInfo

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError

import workflows
from chalicelib.adapters.templates import Message, Templates
from infra.bench.usual_tables import DUE_INDEX, TABLES
from infra.messages.local import templates

ROOT = Path(workflows.__file__).parent


class UsualReminder:
    """The functions of a reminder one day after a cart was left; ``now`` is aware UTC."""

    def __init__(
        self, queue_url: str, now: Callable[[], datetime], log: TextIO, compile_each_time: bool = False
    ) -> None:
        """``compile_each_time``: as with ``jinja2.Template(text).render(...)``, a common way to render a mail."""
        self.logger = Logger(service="usual", level="INFO", stream=log)
        resource: Any = boto3.resource("dynamodb")
        self.tables: dict[str, Any] = {name: resource.Table(f"usual-{name}") for name in TABLES}
        self.sqs: Any = boto3.client("sqs")
        self.ses: Any = boto3.client("sesv2")
        self._queue_url, self._now, self._compile_each_time = queue_url, now, compile_each_time
        self._streams = BatchProcessor(event_type=EventType.DynamoDBStreams)
        self._messages = BatchProcessor(event_type=EventType.SQS)

    @property
    def clients(self) -> list[Any]:
        """All of its AWS clients."""
        return [self.sqs, self.ses, *(table.meta.client for table in self.tables.values())]

    def arm(self, event: Any, context: Any) -> Any:
        """The stream of facts: a changed cart is due a day after its change."""
        return process_partial_response(event, self._arm, self._streams, context)

    def sweep(self, event: Any, context: Any) -> Any:
        """Every minute: a message for each reminder that is due."""
        wanted: dict[str, Any] = {
            "IndexName": DUE_INDEX,
            "KeyConditionExpression": Key("status").eq("WAITING") & Key("due_at").lte(self._now().isoformat()),
        }
        while True:
            page = self.tables["reminders"].query(**wanted)
            for reminder in page["Items"]:
                key = {"customer_id": reminder["customer_id"], "cart_id": reminder["cart_id"]}
                self.sqs.send_message(QueueUrl=self._queue_url, MessageBody=json.dumps(key))
            if "LastEvaluatedKey" not in page:
                return None
            wanted["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def send(self, event: Any, context: Any) -> Any:
        """The queue: send each reminder that still passes the checks."""
        return process_partial_response(event, self._send, self._messages, context)

    def feedback(self, event: Any, context: Any) -> Any:
        """SES's events."""
        return process_partial_response(event, self._feedback, self._messages, context)

    def _arm(self, record: DynamoDBRecord) -> None:
        image = record.dynamodb.new_image if record.dynamodb else None
        if not image or not image["fact"].startswith("CART#"):
            return
        key = {"customer_id": image["customer_id"], "cart_id": image["cart_id"]}
        known = self.tables["reminders"].get_item(Key=key).get("Item")
        if known and known["status"] != "WAITING":
            return
        due_at = datetime.fromisoformat(image["changed_at"]) + timedelta(hours=24)
        status = "WAITING" if image["lines"] else "CANCELLED"
        self.tables["reminders"].put_item(Item={**key, "status": status, "due_at": due_at.isoformat()})
        self.logger.info("Reminder armed", extra={"cart_id": key["cart_id"]})

    def _send(self, record: SQSRecord) -> None:
        key = record.json_body
        reminder = self.tables["reminders"].get_item(Key=key, ConsistentRead=True).get("Item")
        if not reminder or reminder["status"] != "WAITING":
            return
        customer = self._fact(key["customer_id"], "PROFILE")
        cart = self._fact(key["customer_id"], f"CART#{key['cart_id']}")
        if reason := self._reason_against(customer, cart):
            self._set_status(key, "WAITING", "SKIPPED", reason)
            return
        if not self._set_status(key, "WAITING", "SENDING"):
            return
        self._mail(customer, cart)
        self._set_status(key, "SENDING", "SENT")
        now = self._now().isoformat()
        self.tables["histories"].put_item(Item={"customer_id": key["customer_id"], "mailed_at": now})
        self._count("sent")
        self.logger.info("Reminder sent", extra={"cart_id": key["cart_id"]})

    def _fact(self, customer_id: str, fact: str) -> Mapping[str, Any]:
        answer = self.tables["facts"].get_item(Key={"customer_id": customer_id, "fact": fact}, ConsistentRead=True)
        found: Mapping[str, Any] = answer["Item"]
        return found

    def _reason_against(self, customer: Mapping[str, Any], cart: Mapping[str, Any]) -> str | None:
        if not customer["consents"].get("marketing"):
            return "no_consent"
        mine = Key("customer_id").eq(customer["customer_id"]) & Key("fact").begins_with("ORDER#")
        orders = self.tables["facts"].query(KeyConditionExpression=mine, ConsistentRead=True)["Items"]
        if any(order["placed_at"] >= cart["changed_at"] for order in orders):
            return "ordered"
        if "Item" in self.tables["suppressions"].get_item(Key={"email": customer["email"]}):
            return "suppressed"
        history = self.tables["histories"].get_item(Key={"customer_id": customer["customer_id"]}).get("Item")
        if history and datetime.fromisoformat(history["mailed_at"]) > self._now() - timedelta(hours=24):
            return "frequency_cap"
        hour = self._now().astimezone(ZoneInfo(customer["time_zone"])).hour
        return "quiet_hours" if hour >= 21 or hour < 8 else None

    def _set_status(self, key: Mapping[str, Any], old: str, new: str, reason: str = "") -> bool:
        try:
            self.tables["reminders"].update_item(
                Key=key,
                UpdateExpression="SET #status = :new, reason = :reason, changed_at = :now",
                ConditionExpression=Attr("status").eq(old),
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues={":new": new, ":reason": reason, ":now": self._now().isoformat()},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def _mail(self, customer: Mapping[str, Any], cart: Mapping[str, Any]) -> None:
        token = hmac.new(b"secret", customer["customer_id"].encode(), hashlib.sha256).hexdigest()
        unsubscribe = f"{os.environ['PUBLIC_URL']}/v1/unsubscribe/{customer['customer_id']}.{token}"
        links: dict[str, Any] = {"url": None, "image": None}
        context = {
            "language": "en",
            "customer": {"name": customer["name"], "first_name": customer["name"].partition(" ")[0]},
            "shop": {
                "name": os.environ["SHOP_NAME"],
                "address": os.environ["SHOP_ADDRESS"],
                "url": os.environ["SHOP_URL"],
                "contact": os.environ["SENDER"],
            },
            "unsubscribe_url": unsubscribe,
            "cart": {
                "lines": [
                    {**links, **line, "quantity": int(line["quantity"]), "price": int(line["price"])}
                    for line in cart["lines"]
                ],
                "total": int(cart["total"]),
                "currency": cart["currency"],
                "url": f"{os.environ['SHOP_URL']}/cart",
            },
        }
        message = self._rendered(context)
        headers = {"List-Unsubscribe": f"<{unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
        self.ses.send_email(
            FromEmailAddress=os.environ["SENDER"],
            Destination={"ToAddresses": [customer["email"]]},
            Content={
                "Simple": {
                    "Subject": {"Data": message.subject},
                    "Body": {"Html": {"Data": message.html}, "Text": {"Data": message.text}},
                    "Headers": [{"Name": name, "Value": value} for name, value in headers.items()],
                }
            },
            ConfigurationSetName=os.environ["CONFIGURATION_SET"],
            EmailTags=[
                {"Name": "customer_id", "Value": customer["customer_id"]},
                {"Name": "cart_id", "Value": cart["cart_id"]},
            ],
        )

    def _rendered(self, context: Mapping[str, Any]) -> Message:
        made = templates(ROOT) if self._compile_each_time else self._templates
        return made.render("abandoned_cart", "reminder", "en", context)

    @cached_property
    def _templates(self) -> Templates:
        return templates(ROOT)

    def _count(self, counter: str) -> None:
        self.tables["counters"].update_item(
            Key={"day": self._now().date().isoformat()},
            UpdateExpression="ADD #counter :one",
            ExpressionAttributeNames={"#counter": counter},
            ExpressionAttributeValues={":one": 1},
        )

    def _feedback(self, record: SQSRecord) -> None:
        event = record.json_body
        kind, mail = event["eventType"], event["mail"]
        if kind in ("Bounce", "Complaint"):
            for address in mail["destination"]:
                self.tables["suppressions"].put_item(Item={"email": address, "reason": kind})
        key = {"customer_id": mail["tags"]["customer_id"][0], "cart_id": mail["tags"]["cart_id"][0]}
        self.tables["reminders"].update_item(
            Key=key,
            UpdateExpression="SET #kind = :at",
            ExpressionAttributeNames={"#kind": kind.lower()},
            ExpressionAttributeValues={":at": mail["timestamp"]},
        )
        self._count(kind.lower())
