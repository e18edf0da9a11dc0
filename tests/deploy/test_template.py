"""The packaged template: clean for cfn-lint, translated by SAM, and a mistake in it fails the build."""

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from samtranslator.translator.transform import transform  # type: ignore[import-untyped]

from infra.own_tables.mapping import EVENT, FUNCTION, event_name
from infra.package.packaged import CHECKOUT, Template, merge_template, packaged_template
from infra.package.template import CODE, architecture, deployable_template, functions, generated_template, runtime
from infra.terminal.problem import PackagingProblem
from tests.adopt.given import example


class NoManagedPolicies:
    """Stands where SAM would ask AWS for its managed policies: none is used."""

    def load(self) -> dict[str, str]:
        return {}


@pytest.fixture
def settings() -> Template:
    """``infra/template.yaml``, to be spoilt."""
    return copy.deepcopy(merge_template())


@pytest.fixture(scope="module")
def translated(template: Template) -> Template:
    """What CloudFormation makes of it."""
    return translation(template)


def translation(template: Template) -> Template:
    """What SAM makes of a template whose code is uploaded."""
    uploaded = copy.deepcopy(template)
    for function in functions(uploaded).values():
        function["CodeUri"] = "s3://bucket/code"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        result: Template = transform(uploaded, {}, NoManagedPolicies())
    return result


def lint(template: Template, folder: Path) -> list[dict[str, Any]]:
    path = folder / "sam.json"
    path.write_text(json.dumps(template), "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", "from cfnlint.runner import main; main()", "--format", "json", "--", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith("["), done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_cfn_lint_finds_nothing(template: Template, tmp_path: Path) -> None:
    assert lint(template, tmp_path) == []


def test_cfn_lint_finds_nothing_without_own_tables(tmp_path: Path) -> None:
    assert lint(deployable_template(tables=()), tmp_path) == []


def test_cfn_lint_would_find_something(template: Template, tmp_path: Path) -> None:
    spoilt = copy.deepcopy(template)
    spoilt["Resources"]["Enroll"]["Properties"]["Role"] = {"Fn::GetAtt": ["NoSuchRole", "Arn"]}

    assert lint(spoilt, tmp_path)


def test_sam_translates_every_function_and_source(translated: Template) -> None:
    kinds = [resource["Type"] for resource in translated["Resources"].values()]

    assert kinds.count("AWS::Lambda::Function") == 9
    assert kinds.count("AWS::Lambda::EventSourceMapping") == 6 + len(example())
    assert kinds.count("AWS::Events::Rule") == 2
    assert kinds.count("AWS::IAM::Role") == 9, "SAM made roles of its own"
    assert translated["Resources"]["Audience"]["Properties"]["RecursiveLoop"] == "Allow"
    assert kinds.count("AWS::ApiGateway::Stage") == 1
    assert translated["Resources"]["SweepSweepEvent"]["Type"] == "AWS::Events::Rule", (
        "docs/deploy.md stops it by this name"
    )


def test_without_own_tables_sam_translates_the_others() -> None:
    kinds = [resource["Type"] for resource in translation(deployable_template(tables=()))["Resources"].values()]

    assert kinds.count("AWS::Lambda::Function") == kinds.count("AWS::IAM::Role") == 8
    assert kinds.count("AWS::Lambda::EventSourceMapping") == 6


def test_every_event_is_the_one_that_chalice_made(template: Template) -> None:
    made = {name: set(each.get("Events", {})) for name, each in functions(generated_template()).items()}
    assert made[FUNCTION] == {EVENT}
    made[FUNCTION] = {event_name(table) for table in example()}
    made["Enroll"].add("EnrollLaterEventSource")

    assert {name: set(each.get("Events", {})) for name, each in functions(template).items()} == made
    assert all(len(events) == {"APIHandler": 0, FUNCTION: 2, "Enroll": 2}.get(name, 1) for name, events in made.items())


def test_what_runs_locally_is_what_is_deployed_but_for_the_roles(template: Template) -> None:
    def without_roles(given: Template) -> Template:
        kept = copy.deepcopy(given)
        kept["Resources"] = {name: each for name, each in kept["Resources"].items() if each["Type"] != "AWS::IAM::Role"}
        for function in functions(kept).values():
            for differs in ("Role", "Tags", "CodeUri", "Runtime"):
                del function[differs]
        return kept

    assert without_roles(template) == without_roles(packaged_template(example()))


@pytest.mark.parametrize(
    ("wrong", "right"), [("Enrol", "Enroll"), ("ApiHandler", "APIHandler"), ("RestApi", "RestAPI")]
)
def test_a_misspelt_resource_fails_the_build(settings: Template, wrong: str, right: str) -> None:
    settings["Resources"][wrong] = settings["Resources"].pop(right)

    with pytest.raises(PackagingProblem, match=rf"infra/template\.yaml: {wrong} "):
        deployable_template(settings)


def test_a_misspelt_event_fails_the_build(settings: Template) -> None:
    events = settings["Resources"]["Rollup"]["Properties"]["Events"]
    events["RollupDynamoDBEventSource"] = events.pop("RollupDynamodbEventSource")

    with pytest.raises(PackagingProblem, match="event RollupDynamoDBEventSource"):
        deployable_template(settings)


def test_a_resource_that_hides_one_of_chalices_fails_the_build(settings: Template) -> None:
    settings["Resources"]["EnrollRole"] = {"Type": "AWS::SQS::Queue"}

    with pytest.raises(PackagingProblem, match="EnrollRole is a AWS::SQS::Queue here"):
        deployable_template(settings)


def test_functions_of_two_runtimes_fail_the_build(settings: Template) -> None:
    settings["Resources"]["Sweep"]["Properties"]["Runtime"] = "python3.12"

    with pytest.raises(PackagingProblem, match="Runtime differ"):
        runtime(deployable_template(settings))


def test_the_runtime_is_pinned_whatever_packages(template: Template) -> None:
    assert runtime(template) == "python3.13"
    assert runtime(deployable_template(runtime="python3.12")) == "python3.12"
    assert architecture(template) == "arm64"
    assert architecture(deployable_template(architecture="x86_64")) == "x86_64"
    assert {function["CodeUri"] for function in functions(template).values()} == {CODE}


def test_generating_leaves_nothing_behind(template: Template) -> None:
    assert not list((CHECKOUT / ".chalice").glob("deploy*"))
