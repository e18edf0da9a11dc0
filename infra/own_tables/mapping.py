"""``infra/sources.yaml``: which of the shop's own tables are read, checked, and woven into the packaged template.

Without any table the function ``adopt`` is left out; with some it has one event a table.
"""

import copy
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import yaml

from chalicelib.domain.time import is_zone
from chalicelib.sources.bodies.cart import CartBody
from chalicelib.sources.bodies.customer import CustomerBody
from chalicelib.sources.bodies.order import OrderBody
from chalicelib.sources.own_tables.mapping import FactMapping, MappedTables, OwnTable
from infra.own_tables.expressions import currency_fault, expression_fault
from infra.own_tables.filters import filter_faults
from infra.terminal.problem import PackagingProblem

SOURCES = Path(__file__).parents[1] / "sources.yaml"
FUNCTION, EVENT = "Adopt", "AdoptDynamodbEventSource"
BODIES: Mapping[str, type[msgspec.Struct]] = {
    "customer": CustomerBody,
    "cart": CartBody,
    "order": OrderBody,
}
REMOVALS = {"customer": "erase", "cart": "empty", "order": "cancel"}
"""What the removal of an item may mean, besides nothing."""
REQUIRED = frozenset({("cart", "lines")})
"""What the bodies do without and a mapping does not: without lines each cart would pass for an empty one."""
MOST_FILTERS, LONGEST_FILTER = 5, 4096
"""Lambda's own limits of an event source, unless AWS raises them."""
_NAME = re.compile(r"[a-z][a-z0-9]{0,30}")
_OF_TAGS = (ValueError, LookupError, AttributeError, TypeError)
"""What PyYAML lets pass of ``!!timestamp tomorrow`` and the like."""
_STREAM = re.compile(r"arn:aws[a-z-]*:dynamodb:[a-z0-9-]+:\d{12}:table/[A-Za-z0-9_.-]{3,255}/stream/[0-9T:.-]+")

Template = dict[str, Any]


def read(path: Path | None = None) -> tuple[OwnTable, ...]:
    """The tables of a mapping file, by default of ``infra/sources.yaml``, which need not be there.

    Raises ``PackagingProblem`` naming what does not fit.
    """
    if path is None and not SOURCES.exists():
        return ()
    path = path or SOURCES
    try:
        tables = msgspec.convert(_loaded(path), MappedTables).tables
    except msgspec.ValidationError as error:
        problem, _, where = str(error).replace("`key` in ", "").partition(" - at `")
        raise PackagingProblem(f"{path.name}: {where.rstrip('`') or '$'}: {problem}") from None
    if fault := next(_faults(tables), None):
        raise PackagingProblem(f"{path.name}: {fault}")
    return tables


def _loaded(path: Path) -> Any:
    """What the file holds; nothing at all, or nothing under ``tables``, is no table."""
    try:
        loaded = yaml.safe_load(path.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PackagingProblem(f"{path.name}: no YAML: {error}") from None
    except RecursionError:
        raise PackagingProblem(f"{path.name}: no YAML: nested too deeply") from None
    except _OF_TAGS as error:
        raise PackagingProblem(f"{path.name}: no YAML: a value is not what its tag says ({error})") from None
    return {} if loaded in (None, {"tables": None}) else loaded


def _faults(tables: Sequence[OwnTable]) -> Iterator[str]:
    for number, table in enumerate(tables):
        where = f"$.tables[{number}]"
        before = tables[:number]
        if not _NAME.fullmatch(table.name):
            yield f"{where}.name: expected up to 31 small letters and digits, a letter first"
        if table.name in [each.name for each in before]:
            yield f"{where}.name: another table has this name"
        if not _STREAM.fullmatch(table.stream):
            yield f"{where}.stream: expected the ARN of a table's stream: arn:aws:dynamodb:...:table/NAME/stream/..."
        if table.arn in [each.arn for each in before]:
            yield f"{where}.stream: this table is mapped already; one table may tell several facts"
        if not is_zone(table.zone):
            yield f"{where}.zone: expected an IANA time zone such as Asia/Seoul"
        if not table.facts:
            yield f"{where}.facts: expected one or more"
        for index, mapping in enumerate(table.facts):
            yield from _mapping_faults(f"{where}.facts[{index}]", mapping)
        yield from _filter_faults(where, table)


def _mapping_faults(where: str, mapping: FactMapping) -> Iterator[str]:
    known = {field.encode_name: field for field in msgspec.structs.fields(BODIES[mapping.kind])}
    for name in mapping.fields:
        if name not in known:
            yield f"{where}.fields.{name}: a {mapping.kind} has no such field; it has {', '.join(known)}"
    for name, field in known.items():
        if name not in mapping.fields and (field.required or (mapping.kind, name) in REQUIRED):
            yield f"{where}.fields.{name}: is required"
    expressions = {"when": mapping.when, **{f"fields.{name}": text for name, text in mapping.fields.items()}}
    for name, text in expressions.items():
        if problem := expression_fault(text) or (currency_fault(text) if name == "fields.currency" else None):
            yield f"{where}.{name}: {problem}"
    if mapping.removed not in ("ignore", REMOVALS[mapping.kind]):
        yield f"{where}.removed: of a {mapping.kind}, expected ignore or {REMOVALS[mapping.kind]}"


def _filter_faults(where: str, table: OwnTable) -> Iterator[str]:
    if len(table.filters) > MOST_FILTERS:
        yield f"{where}.filters: Lambda takes {MOST_FILTERS} at most"
    for number, pattern in enumerate(table.filters):
        place = f"{where}.filters[{number}]"
        faults = list(filter_faults(place, pattern))
        yield from faults
        if not faults and len(_pattern(table, pattern)) > LONGEST_FILTER:
            yield f"{place}: Lambda takes {LONGEST_FILTER:,} letters at most"


def event_name(table: OwnTable) -> str:
    """The name of a table's event, which CloudFormation knows it by: it stays when others come and go."""
    return f"{EVENT}{table.name.capitalize()}"


def woven(template: Template, tables: Sequence[OwnTable]) -> Template:
    """The merged template with an event for each table; without any, there is no trace of the function left."""
    result = copy.deepcopy(template)
    if not tables:
        return _without_function(result)
    function = result["Resources"][FUNCTION]["Properties"]
    settings = function["Events"][EVENT]
    function["Events"] = {
        event_name(table): {**settings, "Properties": {**settings["Properties"], **_own(table)}} for table in tables
    }
    return result


def statements(tables: Sequence[OwnTable]) -> list[dict[str, Any]]:
    """What the function may do besides what its policy's file says: read these streams."""
    streams = [table.stream for table in tables]
    reading = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]
    return [
        {"Sid": "ReadStreams", "Effect": "Allow", "Action": reading, "Resource": streams},
        {
            "Sid": "ListStreams",
            "Effect": "Allow",
            "Action": ["dynamodb:ListStreams"],
            "Resource": [f"{table.arn}/stream/*" for table in tables],
        },
    ]


def _own(table: OwnTable) -> dict[str, Any]:
    """The settings that a table's event has for itself."""
    patterns = [_pattern(table, pattern) for pattern in table.filters or ({},)]
    return {"Stream": table.stream, "FilterCriteria": {"Filters": [{"Pattern": pattern} for pattern in patterns]}}


def _pattern(table: OwnTable, dynamodb: Mapping[str, Any]) -> str:
    """Lambda's filter: a removal wakes nobody to whom it says nothing."""
    names = ["INSERT", "MODIFY"] + ["REMOVE"] * any(each.removed != "ignore" for each in table.facts)
    return json.dumps({"eventName": names, **({"dynamodb": dynamodb} if dynamodb else {})})


def _without_function(template: Template) -> Template:
    resources = template["Resources"]
    for name in (FUNCTION, f"{FUNCTION}Logs", f"{FUNCTION}Role"):
        resources.pop(name, None)
    mention = json.dumps({"Ref": FUNCTION})
    for resource in resources.values():
        properties = resource.get("Properties", {})
        if resource.get("Type") == "AWS::CloudWatch::Alarm" and "Metrics" in properties:
            properties["Metrics"] = [each for each in properties["Metrics"] if mention not in json.dumps(each)]
        if resource.get("Type") == "AWS::CloudWatch::Dashboard":
            lines = properties["DashboardBody"]["Fn::Sub"].splitlines(keepends=True)
            properties["DashboardBody"]["Fn::Sub"] = "".join(each for each in lines if f"${{{FUNCTION}}}" not in each)
    return template
