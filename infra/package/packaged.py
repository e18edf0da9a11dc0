"""The packaged template, made in memory by Chalice's own generator: the local machine runs what would be deployed.

No zip and no file is written; everything else is as ``chalice package --merge-template`` does it.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

from chalice.config import Config
from chalice.constants import DEFAULT_APIGATEWAY_STAGE_NAME, DEFAULT_ENDPOINT_TYPE
from chalice.deploy.appgraph import ApplicationGraphBuilder, DependencyBuilder
from chalice.deploy.deployer import (
    BaseDeployStep,
    BuildStage,
    InjectDefaults,
    LambdaEventSourcePolicyInjector,
    SwaggerBuilder,
)
from chalice.deploy.swagger import CFNSwaggerGenerator
from chalice.package import (
    PackageOptions,
    ResourceBuilder,
    SAMTemplateGenerator,
    TemplateDeepMerger,
    YAMLTemplateSerializer,
)
from yaml import YAMLError

from chalicelib.sources.own_tables.mapping import OwnTable
from infra.own_tables import mapping as own_tables
from infra.terminal.problem import PackagingProblem

CHECKOUT = Path(__file__).resolve().parents[2]
EVENT_SOURCE_TYPES = frozenset({"DynamoDB", "SQS", "Schedule", "Api"})

Template = dict[str, Any]


@dataclass(frozen=True)
class StreamSource:
    """A table's stream starts a function. ``table`` and ``on_failure_queue`` are logical names; times in seconds.

    ``retries`` and ``maximum_age`` are ``None`` when unlimited, ``tumbling_window`` is 0 when there is none;
    each of ``filters`` is an event pattern in JSON, and a record needs to match one of them.
    """

    function: str
    table: str
    batch_size: int
    window: int
    filters: tuple[str, ...]
    retries: int | None
    maximum_age: int | None
    bisect: bool
    on_failure_queue: str | None
    tumbling_window: int
    report_failures: bool


@dataclass(frozen=True)
class QueueSource:
    """A queue starts a function. ``queue`` is a logical name."""

    function: str
    queue: str
    batch_size: int
    fifo: bool
    report_failures: bool


@dataclass(frozen=True)
class ScheduleSource:
    """A timer starts a function; ``expression`` is EventBridge's, as in ``rate(1 minute)``, in UTC."""

    function: str
    expression: str


EventSource = StreamSource | QueueSource | ScheduleSource


class _NoPackager(BaseDeployStep):
    """Replaces the part of Chalice that builds the zip and searches the source for calls to AWS."""

    def handle_deploymentpackage(self, config: Any, resource: Any) -> None:
        resource.filename = "deployment.zip"

    def handle_autogeniampolicy(self, config: Any, resource: Any) -> None:
        resource.document = {"Version": "2012-10-17", "Statement": []}


class _Principals(PackageOptions):
    """Replaces the part of Chalice that asks AWS for the partition's service names."""

    def __init__(self) -> None:
        """There is no client."""

    def service_principal(self, service: str) -> str:
        return f"{service}.amazonaws.com"


def merge_template() -> Template:
    """``infra/template.yaml`` as Chalice reads it, with short tags in their long form.

    Raises ``PackagingProblem`` if it is not YAML.
    """
    path = CHECKOUT / "infra" / "template.yaml"
    try:
        loaded: Template = YAMLTemplateSerializer().load_template(path.read_text("utf-8"), str(path))
    except (RuntimeError, YAMLError) as error:  # Chalice replaces some errors of YAML by one without the line
        raise PackagingProblem(f"infra/template.yaml: not YAML ({error.__context__ or error})") from None
    return loaded


def chalice_config(stage: str) -> Config:
    """The project's configuration of a stage, as the ``chalice`` command reads it.

    It does not use that command's code, which queries the terminal when it is imported, and waits for answers.
    """
    defaults = {
        "project_dir": str(CHECKOUT),
        "api_gateway_stage": DEFAULT_APIGATEWAY_STAGE_NAME,
        "api_gateway_endpoint_type": DEFAULT_ENDPOINT_TYPE,
        "autogen_policy": True,
    }
    settings = json.loads((CHECKOUT / ".chalice" / "config.json").read_text("utf-8"))
    app = {"chalice_app": lambda: import_module("app").app}
    return Config(chalice_stage=stage, user_provided_params=app, config_from_disk=settings, default_params=defaults)


def generated_by_chalice(stage: str, files: BaseDeployStep) -> Template:
    """What Chalice makes of ``app.py`` and ``.chalice/config.json``; ``files`` replaces its packager."""
    config = chalice_config(stage)
    swagger, queues = SwaggerBuilder(swagger_generator=CFNSwaggerGenerator()), LambdaEventSourcePolicyInjector()
    steps = BuildStage(steps=[InjectDefaults(), files, swagger, queues])
    resources = ResourceBuilder(ApplicationGraphBuilder(), DependencyBuilder(), steps).construct_resources(
        config, stage
    )
    template: Template = SAMTemplateGenerator(config, _Principals()).generate(resources)
    return template


@lru_cache(maxsize=1)
def _packaged_json() -> str:
    return json.dumps(TemplateDeepMerger().merge(merge_template(), generated_by_chalice("dev", _NoPackager())))


def packaged_template(tables: Sequence[OwnTable] | None = None) -> Template:
    """The SAM template that ``chalice package`` would write, merged. Imports ``app.py`` once; a fresh copy a call.

    ``tables`` of the shop's own are those of ``infra/sources.yaml``, unless they are given.
    """
    template: Template = json.loads(_packaged_json())
    return own_tables.with_tables(template, own_tables.read() if tables is None else tables)


def event_sources(template: Template) -> tuple[EventSource, ...]:
    """The event sources of each function. Raises ValueError for an event of an unsupported type.

    A stream of the shop's own table is left out if the template does not make the table: it is not on this machine.
    """
    return tuple(_sources(template))


def _sources(template: Template) -> Iterator[EventSource]:
    for function in template["Resources"].values():
        if function.get("Type") != "AWS::Serverless::Function":
            continue
        name = function["Properties"]["Handler"].removeprefix("app.")
        for event_name, event in function["Properties"].get("Events", {}).items():
            if event.get("Type") not in EVENT_SOURCE_TYPES:
                raise ValueError(f"event {event_name} of function {name}: no event source type {event.get('Type')!r}")
            match event["Type"]:
                case "DynamoDB":
                    stream = event["Properties"]["Stream"]
                    table = _table_named(stream, template) if isinstance(stream, str) else _logical_name(stream)
                    if table:
                        yield _stream_source(name, table, event["Properties"])
                case "SQS":
                    yield _queue_source(name, event["Properties"], template)
                case "Schedule":
                    yield ScheduleSource(name, event["Properties"]["Schedule"])
                case _:
                    continue


def _stream_source(function: str, table: str, properties: Template) -> StreamSource:
    retries = properties.get("MaximumRetryAttempts", -1)
    age = properties.get("MaximumRecordAgeInSeconds", -1)
    on_failure = properties.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
    return StreamSource(
        function=function,
        table=table,
        batch_size=properties.get("BatchSize", 100),
        window=properties.get("MaximumBatchingWindowInSeconds", 0),
        filters=tuple(each["Pattern"] for each in properties.get("FilterCriteria", {}).get("Filters", ())),
        retries=None if retries == -1 else retries,
        maximum_age=None if age == -1 else age,
        bisect=properties.get("BisectBatchOnFunctionError", False),
        on_failure_queue=_logical_name(on_failure) if on_failure else None,
        tumbling_window=properties.get("TumblingWindowInSeconds", 0),
        report_failures=_reports_failures(properties),
    )


def _queue_source(function: str, properties: Template, template: Template) -> QueueSource:
    queue = _logical_name(properties["Queue"])
    return QueueSource(
        function=function,
        queue=queue,
        batch_size=properties.get("BatchSize", 10),
        fifo=template["Resources"][queue]["Properties"].get("FifoQueue", False),
        report_failures=_reports_failures(properties),
    )


def _reports_failures(properties: Template) -> bool:
    return "ReportBatchItemFailures" in properties.get("FunctionResponseTypes", ())


def _table_named(stream: str, template: Template) -> str | None:
    """The logical name of the table that the ARN of a stream names, if the template makes it."""
    name = stream.partition(":table/")[2].partition("/")[0]
    for logical, resource in template["Resources"].items():
        if resource["Type"] == "AWS::DynamoDB::Table" and resource["Properties"].get("TableName") == name:
            return str(logical)
    return None


def _logical_name(reference: Any) -> str:
    """``CommerceTable`` from a GetAtt of its stream, or from a Sub that is nothing but ``${CommerceTable.Arn}``."""
    match reference:
        case {"Fn::GetAtt": [str(name), _], **rest} if not rest:
            return name
        case {"Fn::Sub": str(text), **rest} if not rest and text.startswith("${") and text.endswith(".Arn}"):
            return text[2 : -len(".Arn}")]
    raise ValueError(f"an event source must point at a resource of infra/template.yaml, got {reference!r}")
