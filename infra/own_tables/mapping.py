"""``infra/sources.yaml``: the shop's own tables that are read; it is checked, and merged into the packaged template.

Without any table there is no function ``adopt``; otherwise it has one event for each table.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import yaml

from chalicelib.domain.facts.launch import Launch
from chalicelib.domain.time import is_zone
from chalicelib.sources import bodies
from chalicelib.sources.own_tables.mapping import FactMapping, MappedTables, OwnTable
from infra.own_tables.expressions import currency_fault, expression_fault
from infra.own_tables.filters import filter_faults
from infra.terminal.problem import PackagingProblem

SOURCES = Path(__file__).parents[1] / "sources.yaml"
FUNCTION, EVENT = "Adopt", "AdoptDynamodbEventSource"
BODIES = {kind: body for kind, body in bodies.BODIES.items() if kind != Launch.kind}
"""What an item may hold: any fact of a customer."""
REMOVALS = {"customer": "erase", "cart": "empty", "order": "cancel"}
"""The meaning that the removal of an item may have, unless it is ignored."""
REQUIRED = frozenset({("cart", "lines")})
"""Optional in a body, but required in a mapping: without lines every cart would be an empty one."""
OWNERS = {"customer": "id", "cart": "customer_id", "order": "customer_id"}
"""The field that has the id of whom a fact is about; a guest's has an email instead."""
MOST_FILTERS, LONGEST_FILTER = 5, 4096
"""Lambda's own limits of an event source, unless AWS raises them."""
_NAME = re.compile(r"[a-z][a-z0-9]{0,30}")
_TAG_ERRORS = (ValueError, LookupError, AttributeError, TypeError)
"""The errors of PyYAML for values such as ``!!timestamp tomorrow``."""
_STREAM = re.compile(r"arn:aws[a-z-]*:dynamodb:[a-z0-9-]+:\d{12}:table/[A-Za-z0-9_.-]{3,255}/stream/[0-9T:.-]+")

Template = dict[str, Any]


def read(path: Path | None = None) -> tuple[OwnTable, ...]:
    """The tables of a mapping file, by default ``infra/sources.yaml``, which may be missing.

    Raises ``PackagingProblem`` that names the invalid part.
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
    """The content of the file; an empty file, or an empty ``tables``, has no tables."""
    try:
        loaded = yaml.safe_load(path.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PackagingProblem(f"{path.name}: not YAML: {error}") from None
    except RecursionError:
        raise PackagingProblem(f"{path.name}: not YAML: nested too deeply") from None
    except _TAG_ERRORS as error:
        raise PackagingProblem(f"{path.name}: not YAML: a value does not fit its tag ({error})") from None
    return {} if loaded in (None, {"tables": None}) else loaded


def _faults(tables: Sequence[OwnTable]) -> Iterator[str]:
    for number, table in enumerate(tables):
        where = f"$.tables[{number}]"
        before = tables[:number]
        if not _NAME.fullmatch(table.name):
            yield f"{where}.name: expected up to 31 lower-case letters and digits, a letter first"
        if table.name in [each.name for each in before]:
            yield f"{where}.name: another table has this name"
        if not _STREAM.fullmatch(table.stream):
            yield f"{where}.stream: expected the ARN of a table's stream: arn:aws:dynamodb:...:table/NAME/stream/..."
        if table.arn in [each.arn for each in before]:
            yield f"{where}.stream: this table is mapped already; list several facts in one table"
        if not is_zone(table.zone):
            yield f"{where}.zone: expected an IANA time zone such as Asia/Seoul"
        if not table.facts:
            yield f"{where}.facts: expected one or more"
        for index, mapping in enumerate(table.facts):
            yield from _mapping_faults(f"{where}.facts[{index}]", mapping)
        yield from _filter_faults(where, table)


def _mapping_faults(where: str, mapping: FactMapping) -> Iterator[str]:
    if mapping.kind not in BODIES:
        yield f"{where}.kind: expected one of {', '.join(BODIES)}"
        return
    known = {field.encode_name: field for field in msgspec.structs.fields(BODIES[mapping.kind])}
    for name in mapping.fields:
        if name not in known:
            yield f"{where}.fields.{name}: a {mapping.kind} has no such field; it has {', '.join(known)}"
    for name, field in known.items():
        if name not in mapping.fields and (field.required or (mapping.kind, name) in REQUIRED):
            yield f"{where}.fields.{name}: is required"
    owner = OWNERS.get(mapping.kind)
    if owner and not {owner, "email"} & set(mapping.fields):
        yield f"{where}.fields.{owner}: is required, or an email"
    expressions = {"when": mapping.when, **{f"fields.{name}": text for name, text in mapping.fields.items()}}
    for name, text in expressions.items():
        if problem := expression_fault(text) or (currency_fault(text) if name == "fields.currency" else None):
            yield f"{where}.{name}: {problem}"
    removals = ["ignore", *filter(None, [REMOVALS.get(mapping.kind)])]
    if mapping.removed not in removals:
        yield f"{where}.removed: for a {mapping.kind}, expected {' or '.join(removals)}"


def _filter_faults(where: str, table: OwnTable) -> Iterator[str]:
    if len(table.filters) > MOST_FILTERS:
        yield f"{where}.filters: Lambda allows {MOST_FILTERS} at most"
    for number, pattern in enumerate(table.filters):
        place = f"{where}.filters[{number}]"
        faults = list(filter_faults(place, pattern))
        yield from faults
        if not faults and len(_pattern(table, pattern)) > LONGEST_FILTER:
            yield f"{place}: Lambda allows {LONGEST_FILTER:,} characters at most"


def event_name(table: OwnTable) -> str:
    """The name of a table's event in CloudFormation: it stays when other tables are added or removed."""
    return f"{EVENT}{table.name.capitalize()}"


def with_tables(template: Template, tables: Sequence[OwnTable]) -> Template:
    """The same template, with an event for each table; without any table, the function is removed from it."""
    if not tables:
        return _without_function(template)
    function = template["Resources"][FUNCTION]["Properties"]
    settings = function["Events"][EVENT]
    function["Events"] = {
        event_name(table): {**settings, "Properties": {**settings["Properties"], **_own(table)}} for table in tables
    }
    return template


def statements(tables: Sequence[OwnTable]) -> list[dict[str, Any]]:
    """The permissions that the function needs in addition to its policy file: reading these streams."""
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
    """The settings that differ from table to table."""
    patterns = [_pattern(table, pattern) for pattern in table.filters or ({},)]
    return {"Stream": table.stream, "FilterCriteria": {"Filters": [{"Pattern": pattern} for pattern in patterns]}}


def _pattern(table: OwnTable, dynamodb: Mapping[str, Any]) -> str:
    """A filter for Lambda; removals pass it only if some fact uses them."""
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
