"""What ``docs/deploy.md`` shows can be done as it stands there."""

import json
import re
from pathlib import Path

import pytest

from chalicelib.sources.bodies import facts_of
from infra.package.deploy import read_parameters
from infra.package.packaged import CHECKOUT, Template
from tests.builders import START

TEXT = (CHECKOUT / "docs" / "deploy.md").read_text("utf-8")


def test_the_parameters_fit(tmp_path: Path, template: Template) -> None:
    shown = re.search(r"```json\n(.*?)```", TEXT, re.DOTALL)
    assert shown
    path = tmp_path / "rekindle.json"
    path.write_text(shown[1], "utf-8")

    given = set(read_parameters(path, template))

    required = {name for name, each in template["Parameters"].items() if "Default" not in each} | {"AlarmEmail"}
    assert required <= given


def test_the_first_facts_are_facts() -> None:
    shown = re.search(r"<<END\n(.*?)\nEND\n", TEXT, re.DOTALL)
    assert shown
    body = re.sub(r"\$\(ago \d+\)", "2026-03-02T10:00:00Z", shown[1]).replace("$n", "1")

    assert len(facts_of(body.encode(), START)) == len(json.loads(body)["facts"]) == 2


def test_every_output_and_log_group_that_is_named_is_there(template: Template) -> None:
    groups = {each["Properties"]["LogGroupName"]["Fn::Sub"] for each in template["Resources"].values() if _is_log(each)}

    assert {"EndpointURL", "DashboardURL", "PoisonQueueUrl"} <= set(template["Outputs"])
    for name in ("dispatch", "enroll", "sweep", "feedback", "rollup", "audience", "nightly", "api"):
        assert f"/aws/lambda/${{AWS::StackName}}/{name}" in groups
        assert name in TEXT


@pytest.mark.parametrize("target", ["package", "deploy"])
def test_every_command_is_in_the_makefile(target: str) -> None:
    assert f"make {target}" in TEXT
    assert re.search(rf"^{target}: setup ##", (CHECKOUT / "Makefile").read_text("utf-8"), re.MULTILINE)


def _is_log(resource: Template) -> bool:
    return bool(resource["Type"] == "AWS::Logs::LogGroup")
