"""The packaged zip on a machine of its own: unpacked, its handlers called in fresh processes, against moto's server."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from infra.machine.environment import ACCOUNT
from infra.machine.stack import REGION, Stack
from infra.package.packaged import Template

PROCESS = Path(__file__).with_name("lambda_process.py")
Event = Mapping[str, Any]


@dataclass(frozen=True)
class Call:
    """What one call of a handler came to.

    ``calls`` are those of AWS: service, operation, and the parameters that name resources; ``files`` are all modules
    that were imported, ``output`` is what was printed.
    """

    answer: Any
    calls: tuple[tuple[str, str, Mapping[str, Any]], ...]
    files: frozenset[Path]
    output: str


@dataclass(frozen=True)
class Deployed:
    """The functions of a template, run from ``folder`` by ``python``."""

    folder: Path
    template: Template
    stack: Stack
    endpoint: str
    python: str
    scratch: Path

    def call(self, function: str, event: Event) -> Call:
        """Start a function (by its logical name) in a fresh process as Lambda would; fails if it raises."""
        properties = self.template["Resources"][function]["Properties"]
        answer_file = self.scratch / f"{function}.json"
        answer_file.unlink(missing_ok=True)
        done = subprocess.run(
            [self.python, "-I", "-S", str(PROCESS), str(self.folder), properties["Handler"], str(answer_file)],
            input=json.dumps(event),
            env=self.environment(function),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert answer_file.exists(), done.stderr
        seen = json.loads(answer_file.read_text("utf-8"))
        assert "error" not in seen, seen["error"]
        return Call(
            seen["answer"],
            tuple(map(tuple, seen["calls"])),
            frozenset(map(Path, seen["files"])),
            done.stdout + done.stderr,
        )

    def environment(self, function: str) -> dict[str, str]:
        """Exactly what the template gives the function, and what Lambda itself does."""
        own = self.template["Resources"][function]["Properties"].get("Environment", {}).get("Variables", {})
        lambdas = {
            "AWS_LAMBDA_FUNCTION_NAME": function,
            "LAMBDA_TASK_ROOT": str(self.folder),
            "AWS_ENDPOINT_URL": self.endpoint,
            "TZ": ":UTC",
        }
        account = {name: value for name, value in ACCOUNT.items() if name.startswith("AWS_")}
        return {**account, **lambdas, **self.stack.environment, **own}

    def client(self, service: str) -> Any:
        """A client of moto's server."""
        return boto3.client(service, region_name=REGION, endpoint_url=self.endpoint)  # type: ignore[call-overload]

    def stream_event(self, table: str) -> dict[str, Any]:
        """All that the stream of a table (by its logical name) holds, as Lambda passes it."""
        streams = self.client("dynamodbstreams")
        arn = streams.list_streams(TableName=self.stack.tables[table])["Streams"][0]["StreamArn"]
        shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
        start = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
        records = streams.get_records(ShardIterator=start["ShardIterator"])["Records"]
        return {"Records": [_as_lambda_passes(record, arn) for record in records]}

    def queue_event(self, queue: str) -> dict[str, Any]:
        """Whatever waits on a queue (by its logical name), as Lambda passes it; it is taken off the queue."""
        sqs, url = self.client("sqs"), self.stack.queues[queue]
        taken = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for message in taken:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return {
            "Records": [
                {
                    "messageId": message["MessageId"],
                    "receiptHandle": message["ReceiptHandle"],
                    "body": message["Body"],
                    "attributes": {},
                    "messageAttributes": {},
                    "eventSource": "aws:sqs",
                    "eventSourceARN": f"arn:aws:sqs:{REGION}:123456789012:{url.rpartition('/')[2]}",
                    "awsRegion": REGION,
                }
                for message in taken
            ]
        }


def http_event(
    method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None, **names: str
) -> dict[str, Any]:
    """API Gateway's proxy event for a request; ``names`` stand for ``{token}`` and the like in the path."""
    sent = {"Content-Type": "application/json", **(headers or {})}
    return {
        "resource": path,
        "path": path.format(**names),
        "httpMethod": method,
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": names,
        "stageVariables": None,
        "requestContext": {"resourcePath": path, "httpMethod": method, "identity": {"sourceIp": "192.0.2.1"}},
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
    }


def files_of(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file below a folder with its size and time of change: what a read-only file system keeps as it is."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in files}


def make_read_only(folder: Path) -> None:
    """Take away every permission to write below a folder (which stops everybody but root)."""
    for path in [folder, *folder.rglob("*")]:
        os.chmod(path, path.stat().st_mode & ~0o222)


def _as_lambda_passes(record: Mapping[str, Any], arn: str) -> dict[str, Any]:
    change = dict(record["dynamodb"])
    change["ApproximateCreationDateTime"] = change["ApproximateCreationDateTime"].timestamp()
    return {**record, "dynamodb": change, "eventSourceARN": arn}
