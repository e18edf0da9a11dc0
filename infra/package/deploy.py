"""``make deploy``: package, then deploy both files with the ordinary AWS command line.

What it is given is checked first; that a new stack needs more parameters is found by CloudFormation.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from infra.package.__main__ import build
from infra.package.packaged import CHECKOUT, Template
from infra.package.template import deployable_template
from infra.terminal.console import say
from infra.terminal.problem import PackagingProblem
from infra.terminal.status import exit_status

STACK = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,49}")
"""CloudFormation's rule, but shorter: the names of queues and of the configuration set contain the stack's name."""
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
LANGUAGES = "Languages"
"""The parameter whose value is checked: each language needs the templates of every journey."""


def deploy(stack: str, bucket: str, parameters: Path | None) -> None:
    """Create or update ``stack``; the code is uploaded to ``bucket``. Raises ``Problem``.

    ``parameters`` is a JSON file ``{name: value}``; other parameters keep their values, or begin with the defaults.
    """
    if not STACK.fullmatch(stack):
        raise PackagingProblem(f"STACK: expected 1 to 50 letters, digits and hyphens, a letter first, got {stack!r}")
    if not BUCKET.fullmatch(bucket):
        raise PackagingProblem(f"BUCKET: expected the name of an S3 bucket of yours, got {bucket!r}")
    template = deployable_template()
    values: Mapping[str, str] = read_parameters(parameters, template) if parameters else {}
    aws = shutil.which("aws")
    if aws is None:
        raise PackagingProblem("there is no AWS command line: install it (https://aws.amazon.com/cli/)")
    output = CHECKOUT / "build"
    default = template["Parameters"][LANGUAGES]["Default"]
    build(output, languages=values.get(LANGUAGES) or deployed_value(aws, stack, LANGUAGES) or default)
    through = ["--s3-bucket", bucket, "--s3-prefix", stack]
    packaged = output / "packaged.json"
    _run(
        *(aws, "cloudformation", "package", "--template-file", str(output / "sam.json"), *through),
        *("--use-json", "--output-template-file", str(packaged)),
    )
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".json") as overrides:  # readable by nobody else
        json.dump([f"{name}={value}" for name, value in values.items()], overrides)
        overrides.flush()
        given = ["--parameter-overrides", f"file://{overrides.name}"] if values else []
        _run(
            *(aws, "cloudformation", "deploy", "--template-file", str(packaged), "--stack-name", stack, *through),
            *("--capabilities", "CAPABILITY_IAM", "--no-fail-on-empty-changeset", *given),
        )
    wanted = "Stacks[0].Outputs[].[OutputKey,OutputValue]"
    _run(aws, "cloudformation", "describe-stacks", "--stack-name", stack, "--query", wanted, "--output", "table")


def deployed_value(aws: str, stack: str, name: str) -> str | None:
    """The value of a parameter that a stack has now, if there are both. Raises ``PackagingProblem``."""
    wanted = f"Stacks[0].Parameters[?ParameterKey=='{name}'].ParameterValue"
    command = [aws, "cloudformation", "describe-stacks", "--stack-name", stack, "--query", wanted, "--output", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - its words are checked
    if done.returncode and f"Stack with id {stack} does not exist" not in done.stderr:
        raise PackagingProblem(f"aws cloudformation describe-stacks failed: {done.stderr.strip() or 'unknown reason'}")
    found = [] if done.returncode else json.loads(done.stdout or "null")
    return str(found[0]) if found else None


def read_parameters(path: Path, template: Template) -> Mapping[str, str]:
    """The template's parameters in a file.

    Raises ``PackagingProblem`` that names the first invalid one, never its value: it may be a secret.
    """
    parameters = _read(path)
    for name, value in parameters.items():
        declared = template["Parameters"].get(name)
        if declared is None:
            raise PackagingProblem(f"{path}: there is no parameter {name}")
        if not isinstance(value, str):
            raise PackagingProblem(f"{path}: {name} must be a string in quotes, not a {type(value).__name__}")
        if expected := _expected(declared, value):
            raise PackagingProblem(f"{path}: {name} {expected}")
    return parameters


def _expected(declared: Mapping[str, Any], value: str) -> str | None:
    """What a parameter must be, in words, if this value is not."""
    allowed = [str(each) for each in declared.get("AllowedValues", ())]
    if allowed and value not in allowed:
        return f"must be one of {', '.join(allowed)}"
    if declared["Type"] == "Number":
        least, most = declared.get("MinValue", float("-inf")), declared.get("MaxValue", float("inf"))
        if not re.fullmatch("-?[0-9]{1,9}", value) or not least <= int(value) <= most:
            return f"must be a whole number from {least} to {most}"
    if not re.fullmatch(declared.get("AllowedPattern", ".*"), value):
        return str(declared.get("ConstraintDescription", "must be in one line"))
    return None


def _read(path: Path) -> Mapping[str, Any]:
    try:
        parameters = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise PackagingProblem(f"PARAMETERS: there is no file {path}") from None
    except ValueError as error:
        raise PackagingProblem(f"{path}: not JSON ({error})") from None
    if not isinstance(parameters, dict):
        raise PackagingProblem(f'{path}: expected {{"Sender": "hello@shop.example", ...}}')
    return parameters


def _run(*command: str) -> None:
    say(" ".join(["aws", *command[1:3]]))
    done = subprocess.run(command, check=False)  # noqa: S603 - its words are checked above
    if done.returncode:
        raise PackagingProblem(f"aws {command[1]} {command[2]} failed (see its output above)")


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0, or 1 with one line on standard error, or 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(prog="make deploy", description=__doc__)
    parser.add_argument("--stack", default="")
    parser.add_argument("--bucket", default="")
    parser.add_argument("--parameters", default="")
    chosen = parser.parse_args(arguments)
    return exit_status(lambda: _deployed(chosen))


def _deployed(chosen: argparse.Namespace) -> int:
    if not chosen.stack or not chosen.bucket:
        usage = "make deploy STACK=rekindle BUCKET=a-bucket-of-yours [PARAMETERS=../rekindle.json]"
        raise PackagingProblem(f"usage: {usage}")
    deploy(chosen.stack, chosen.bucket, Path(chosen.parameters).absolute() if chosen.parameters else None)
    return 0


if __name__ == "__main__":
    sys.exit(main())
