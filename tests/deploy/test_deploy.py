"""``make deploy``: what is wrong is said before anything is done; then the ordinary AWS command line is called."""

import json
import sys
from pathlib import Path
from typing import Protocol

import pytest

from infra.machine.environment import PARAMETERS
from infra.package import deploy
from infra.package.languages import check, configured
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
GOOD = {**PARAMETERS, "AlarmEmail": "ops@shop.example", "Lanes": "8", "Languages": "en,ko"}
RECORDER = """#!{python}
import json, sys
words = sys.argv[1:]
files = [word.removeprefix("file://") for word in words if word.startswith("file://")]
with open({log!r}, "a") as log:
    print(json.dumps([words, [json.load(open(name)) for name in files]]), file=log)
if any("Parameters" in word for word in words):
    answer = {stack!r}
    print(answer, file=sys.stderr if "error" in answer else sys.stdout)
    sys.exit(254 if "error" in answer else 0)
sys.exit({status} if "deploy" in words else 0)
"""
NO_STACK = "An error occurred (ValidationError) when calling DescribeStacks: Stack with id shop does not exist"
NO_CREDENTIALS = "An error occurred (ExpiredToken) when calling DescribeStacks: The token has expired"


class Recorded(Protocol):
    def __call__(self, status: int, stack: str = NO_STACK) -> Path: ...


@pytest.fixture
def aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recorded:
    """An AWS command line that writes down what it is asked, and answers a deployment with the given exit status.

    ``stack`` is what it answers when it is asked for the stack's languages.
    """
    monkeypatch.setattr(deploy, "build", lambda output, *, languages: check(configured(languages)))

    def install(status: int, stack: str = NO_STACK) -> Path:
        log = tmp_path / "log"
        script = RECORDER.format(python=sys.executable, log=str(log), status=status, stack=stack)
        (tmp_path / "aws").write_text(script, "utf-8")
        (tmp_path / "aws").chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        return log

    return install


def parameters(folder: Path, content: object) -> str:
    path = folder / "parameters.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return str(path)


def test_it_packages_deploys_and_shows_the_outputs(aws: Recorded, tmp_path: Path) -> None:
    log = aws(0)

    status = deploy.main(["--stack", "shop", "--bucket", "our-code", "--parameters", parameters(tmp_path, GOOD)])

    calls = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert status == 0
    assert [words[1] for words, _ in calls] == ["package", "deploy", "describe-stacks"]
    assert all(words[words.index("--s3-bucket") + 1] == "our-code" for words, _ in calls[:2])
    assert "CAPABILITY_IAM" in calls[1][0]
    assert calls[1][1] == [[f"{name}={value}" for name, value in GOOD.items()]]


def test_parameters_are_on_no_command_line(aws: Recorded, tmp_path: Path) -> None:
    log = aws(0)

    deploy.main(["--stack", "shop", "--bucket", "our-code", "--parameters", parameters(tmp_path, GOOD)])

    words = [word for line in log.read_text("utf-8").splitlines() for word in json.loads(line)[0]]
    assert not [word for word in words if GOOD["Sender"] in word]


def test_an_upgrade_leaves_the_parameters_as_they_were(aws: Recorded) -> None:
    log = aws(0)

    assert deploy.main(["--stack", "shop", "--bucket", "our-code", "--parameters", ""]) == 0

    assert "--parameter-overrides" not in log.read_text("utf-8")


def test_a_language_without_templates_is_refused_before_aws_is_called(
    aws: Recorded, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = aws(0)

    values = parameters(tmp_path, GOOD | {"Languages": "en,de"})

    assert deploy.main(["--stack", "shop", "--bucket", "our-code", "--parameters", values]) == 1
    assert "lacks the language 'de'" in capsys.readouterr().err
    assert not log.exists()


@pytest.mark.parametrize(
    ("stack", "languages"),
    [('["en,de"]', "en,de"), ("[]", "en,ko,ja"), ("null", "en,ko,ja"), (NO_STACK, "en,ko,ja")],
    ids=["its own", "no such parameter", "no parameters", "no stack"],
)
@pytest.mark.parametrize("given", [None, {"Lanes": "8"}])
def test_languages_that_are_not_given_are_those_of_the_stack_or_else_the_template_s(
    aws: Recorded,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    stack: str,
    languages: str,
    given: dict[str, str] | None,
) -> None:
    aws(0, stack)
    checked = list[str | None]()
    monkeypatch.setattr(deploy, "build", lambda output, *, languages: checked.append(languages))
    monkeypatch.setenv("LANGUAGES", "fr")

    values = parameters(tmp_path, given) if given else ""

    assert deploy.main(["--stack", "shop", "--bucket", "our-code", "--parameters", values]) == 0
    assert checked == [languages]


def test_a_language_of_the_stack_without_templates_is_refused(
    aws: Recorded, capsys: pytest.CaptureFixture[str]
) -> None:
    log = aws(0, '["en,de"]')

    assert deploy.main(["--stack", "shop", "--bucket", "our-code"]) == 1

    assert "lacks the language 'de'" in capsys.readouterr().err
    assert [json.loads(line)[0][1] for line in log.read_text("utf-8").splitlines()] == ["describe-stacks"]


def test_a_stack_that_cannot_be_described_is_not_updated(aws: Recorded, capsys: pytest.CaptureFixture[str]) -> None:
    log = aws(0, NO_CREDENTIALS)

    assert deploy.main(["--stack", "shop", "--bucket", "our-code"]) == 1

    assert capsys.readouterr().err == f"rekindle: aws cloudformation describe-stacks failed: {NO_CREDENTIALS}\n"
    assert len(log.read_text("utf-8").splitlines()) == 1


def test_what_aws_refuses_is_a_failure(aws: Recorded, capsys: pytest.CaptureFixture[str]) -> None:
    log = aws(255)

    assert deploy.main(["--stack", "shop", "--bucket", "our-code"]) == 1

    assert capsys.readouterr().err.endswith("rekindle: aws cloudformation deploy failed (see its output above)\n")
    assert [json.loads(line)[0][1] for line in log.read_text("utf-8").splitlines()][-1] == "deploy"


@pytest.mark.parametrize(
    ("stack", "bucket", "message"),
    [
        ("", "our-code", "usage: make deploy STACK="),
        ("shop", "", "usage: make deploy STACK="),
        ("our_shop", "our-code", "STACK: expected"),
        ("s" * 51, "our-code", "STACK: expected"),
        ("shop", "Our Code", "BUCKET: expected"),
        ("shop", "s3://our-code", "BUCKET: expected"),
    ],
)
def test_wrong_arguments_are_told_in_one_line(
    aws: Recorded, capsys: pytest.CaptureFixture[str], stack: str, bucket: str, message: str
) -> None:
    log = aws(0)

    assert deploy.main(["--stack", stack, "--bucket", bucket]) == 1

    error = capsys.readouterr().err
    assert error.startswith(f"rekindle: {message}")
    assert error.count("\n") == 1
    assert not log.exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not JSON"),
        ([], 'expected {"Sender"'),
        ({"Sendr": "hello@shop.example"}, "there is no parameter Sendr"),
        ({"Sender": "the shop"}, "Sender must be one e-mail address"),
        ({"Lanes": 8}, "Lanes must be a string in quotes, not a int"),
        ({"Lanes": "many"}, "Lanes must be a whole number from 1 to 1000"),
        ({"Lanes": "0"}, "Lanes must be a whole number from 1 to 1000"),
        ({"Workers": "17"}, "Workers must be a whole number from 1 to 16"),
        ({"LogRetentionDays": "31"}, "LogRetentionDays must be one of 1, 3, 5, 7, 14, 30, 60"),
        ({"PublicUrl": "https://api.shop.example/"}, "PublicUrl must begin with https:// and not end with a slash"),
        ({"Secrets": "swordfish"}, "Secrets must be a path, such as /rekindle"),
        ({"QuietHours": "21:00-24:00"}, "QuietHours must be of the form"),
    ],
)
def test_a_parameter_that_does_not_fit_is_named_and_its_value_is_not_shown(
    aws: Recorded, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: object, message: str
) -> None:
    log = aws(0)

    assert deploy.main(["--stack", "shop", "--bucket", "our-code", "--parameters", parameters(tmp_path, content)]) == 1

    error = capsys.readouterr().err
    assert message in error
    assert "swordfish" not in error
    assert not log.exists()


def test_a_file_of_parameters_that_is_not_there_is_told(aws: Recorded, capsys: pytest.CaptureFixture[str]) -> None:
    aws(0)

    assert deploy.main(["--stack", "shop", "--bucket", "our-code", "--parameters", "nowhere.json"]) == 1

    assert "PARAMETERS: there is no file" in capsys.readouterr().err


def test_without_the_aws_command_line_nothing_is_built(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(deploy, "build", lambda output: pytest.fail("it was built"))
    monkeypatch.setenv("PATH", "")

    assert deploy.main(["--stack", "shop", "--bucket", "our-code"]) == 1

    assert "there is no AWS command line" in capsys.readouterr().err
