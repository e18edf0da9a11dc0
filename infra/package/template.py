"""The template to deploy: what Chalice generates for the stage ``aws``, with ``infra/template.yaml`` merged onto it.

The stage differs from the local machine's ``dev`` in only one way: each function has its own role, with the
policy of its own file in ``infra/policies/`` (see ``policies``).
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from chalice.deploy.deployer import BaseDeployStep
from chalice.package import TemplateDeepMerger

from chalicelib.sources.own_tables.mapping import OwnTable
from infra.own_tables import mapping as own_tables
from infra.package.packaged import Template, generated_by_chalice, merge_template
from infra.package.policies import policy
from infra.terminal.problem import PackagingProblem

STAGE = "aws"
CODE = "./deployment.zip"
FUNCTION = "AWS::Serverless::Function"


class _Files(BaseDeployStep):
    """Names the zip (which ``archive`` makes, not Chalice) and reads the policies."""

    def handle_deploymentpackage(self, config: Any, resource: Any) -> None:
        resource.filename = CODE

    def handle_filebasediampolicy(self, config: Any, resource: Any) -> None:
        resource.document = policy(Path(resource.filename).resolve())


def generated_template(stage: str = STAGE) -> Template:
    """What Chalice generates, with our own policies, before anything is merged onto it.

    Raises ``PackagingProblem`` for a policy file that is missing or not JSON.
    """
    return generated_by_chalice(stage, _Files())


def deployable_template(
    settings: Template | None = None,
    architecture: str | None = None,
    tables: Sequence[OwnTable] | None = None,
    runtime: str | None = None,
) -> Template:
    """The whole template. ``architecture`` replaces that of ``.chalice/config.json``, ``runtime`` that of ``settings``.

    ``tables`` of the shop's own are those of ``infra/sources.yaml``, unless they are given.

    Raises ``PackagingProblem`` if ``settings`` (``infra/template.yaml``) would add a function or an event with a name
    that Chalice does not generate, which is always a mistake.
    """
    settings = merge_template() if settings is None else settings
    generated = generated_template()
    if fault := next(_strays(settings, generated), None):
        raise PackagingProblem(f"infra/template.yaml: {fault}")
    tables = own_tables.read() if tables is None else tables
    merged = own_tables.with_tables(TemplateDeepMerger().merge(settings, generated), tables)
    if tables:
        role = merged["Resources"][merged["Resources"][own_tables.FUNCTION]["Properties"]["Role"]["Fn::GetAtt"][0]]
        role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"] += own_tables.statements(tables)
    for function in functions(merged).values():
        if architecture is not None:
            function["Architectures"] = [architecture]
        if runtime is not None:
            function["Runtime"] = runtime
    return merged


def functions(template: Template) -> dict[str, dict[str, Any]]:
    """The properties of every function by its logical name."""
    resources = template["Resources"].items()
    return {name: each["Properties"] for name, each in resources if each.get("Type") == FUNCTION}


def runtime(template: Template) -> str:
    """The runtime of all functions, such as ``python3.13``; raises ``PackagingProblem`` where they differ."""
    return _shared(template, "Runtime")


def architecture(template: Template) -> str:
    """The architecture of all functions, ``arm64`` or ``x86_64``; raises ``PackagingProblem`` where they differ."""
    return _shared(template, "Architectures")


def _shared(template: Template, name: str) -> str:
    found = {function: properties[name] for function, properties in functions(template).items()}
    values = {"".join(value) for value in found.values()}
    if len(values) != 1:
        raise PackagingProblem(f"infra/template.yaml: one zip serves all functions, but their {name} differ: {found}")
    return values.pop()


def _strays(settings: Template, generated: Template) -> Iterator[str]:
    """A line for each resource and event of ``settings`` that should match one of Chalice's but does not."""
    made = generated["Resources"]
    for name, resource in settings["Resources"].items():
        kind, theirs = resource.get("Type"), made.get(name, {}).get("Type")
        if kind is None and theirs is None:
            listed = ", ".join(sorted(functions(generated)))
            yield f"{name} has no Type, and Chalice generates no resource of this name (its functions: {listed})"
        elif kind is not None and theirs is None and kind.startswith("AWS::Serverless::"):
            yield f"{name} would be a second {kind} beside those of app.py"
        elif kind is not None and theirs is not None and kind != theirs:
            yield f"{name} is a {kind} here, but Chalice generates a {theirs} of this name"
        yield from _stray_events(name, resource, made.get(name, {}))


def _stray_events(name: str, resource: Mapping[str, Any], made: Mapping[str, Any]) -> Iterator[str]:
    known = made.get("Properties", {}).get("Events", {})
    events = resource.get("Properties", {}).get("Events", {}) if made or "Type" not in resource else {}
    for event, given in events.items():
        if event not in known and "Type" not in given:  # with a type of its own it is one more source of the function
            yield f"{name} has an event {event}; Chalice generates no event of this name (its own: {', '.join(known)})"
