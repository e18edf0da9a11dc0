"""``rekindle scenario``: what it prints, and its exit status."""

import json
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest

from infra.scenario.yaml_text import documents
from tests.commands.given import rekindle
from tests.scenario.given import HEAD, KNOWN, cart, written

pytestmark = pytest.mark.journeys("abandoned_cart")
Capture = pytest.CaptureFixture[str]
DOCS = Path(__file__).parents[2] / "docs"
SCHEMA = DOCS / "scenario.schema.json"


def test_the_example_is_a_story_that_is_as_expected(tmp_path: Path, capsys: Capture) -> None:
    example = rekindle(capsys, "scenario", "--example")
    file = tmp_path / "story.yaml"
    file.write_text(example.out, "utf-8")

    said = rekindle(capsys, "scenario", str(file))

    assert (said.status, said.err) == (0, "")
    assert said.out == f"ok      {file}:2 a reminder a day after the cart was left, and none after the order\n"


def test_a_failed_story_ends_with_1_and_shows_the_difference(tmp_path: Path, capsys: Capture) -> None:
    file = written(tmp_path, KNOWN + cart("ann") + "  - expect: {outcomes: {ann: [sent]}}\n")

    said = rekindle(capsys, "scenario", str(file))

    assert said.status == 1
    assert said.out.splitlines() == [
        f"FAILED  {file}:1",
        "  step 3 (expect), line 8:",
        "    outcomes of ann:",
        "    - sent",
        "    + enrolled abandoned_cart  (2026-03-02 10:00:00)",
    ]


def test_a_file_that_is_wrong_ends_with_2_before_any_story_is_played(tmp_path: Path, capsys: Capture) -> None:
    good = written(tmp_path, "  - wait: 1h\n")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(HEAD + "  - wait: soon\n", "utf-8")

    said = rekindle(capsys, "scenario", str(good), str(wrong))

    assert (said.status, said.out) == (2, "")
    assert said.err.startswith(f"rekindle: {wrong}:6: steps[0].wait: ")


def test_json_has_mails_outcomes_figures_and_the_answer_to_each_step(tmp_path: Path, capsys: Capture) -> None:
    file = written(tmp_path, KNOWN + cart("ann") + "  - wait: 25h\n---\n" + HEAD + "  - wait: 1h\n")

    first, second = rekindle(capsys, "scenario", "--json", str(file)).json["stories"]

    assert (first["ok"], first["line"], second["line"]) == (True, 1, 10)
    assert first["steps"][1]["answer"] == {"status": 202, "text": '{"received":1,"stored":1}'}
    assert first["steps"][2] == {"line": 8, "kind": "wait", "at": "2026-03-02T10:00:00.000Z"}
    (mail,) = first["mails"]
    assert (mail["to"], mail["message"]) == ("ann@example.com", "abandoned_cart/reminder")
    assert "Green tea" in mail["text"]
    assert first["outcomes"]["ann"][0] == "enrolled abandoned_cart"
    assert first["figures"]["journeys.abandoned_cart.sent"] == 1


def test_json_has_the_outcomes_of_everybody_who_is_known(tmp_path: Path, capsys: Capture) -> None:
    orders = "customer_id,id,placed_at,total,currency\neve,o1,2026-01-02T03:04:05Z,9.00,USD\n"
    (tmp_path / "orders.csv").write_text(orders)
    lines = "[{product: tea, name: Green tea, quantity: 1, price: 1250}]"
    carts = [
        f"{{type: cart, customer_id: {who}, id: of-{who}, at: '{{now}}', total: 1250, currency: USD, lines: {lines}}}"
        for who in ("zoe", "yan")
    ]
    webhooks = "".join(f"  - webhook: {{source: events, body: {cart}}}\n" for cart in carts)
    imported = "  - import: {kind: orders, file: orders.csv}\n  - erase: bob\n"
    expected = "  - expect: {outcomes: {zoe: [enrolled abandoned_cart]}}\n"
    steps = KNOWN + webhooks + imported + expected

    (story,) = rekindle(capsys, "scenario", "--json", str(written(tmp_path, steps))).json["stories"]

    found = story["outcomes"]
    assert story["ok"], story["failed"]
    assert [who for who in found if len(who) < 32] == ["ann", "ann@example.com", "zoe"]
    assert sorted(lines for who, lines in found.items() if len(who) == 32) == [[], ["enrolled abandoned_cart"]]


def test_the_figures_that_are_listed_can_be_expected(capsys: Capture, tmp_path: Path) -> None:
    listed = [line.split()[0] for line in rekindle(capsys, "scenario", "--figures").out.splitlines()[:-1]]
    names = [name.replace("KEY", "abandoned_cart") for name in listed]
    wanted = "".join(f"          {name}: {0 if 'rate' not in name else 'null'}\n" for name in names)
    file = written(tmp_path, f"  - expect:\n      figures:\n{wanted}")

    said = rekindle(capsys, "scenario", str(file))

    assert "there is no such figure" not in said.err
    assert len(listed) > 30


def test_the_schema_for_editors_is_the_one_in_the_documentation(capsys: Capture) -> None:
    said = rekindle(capsys, "scenario", "--schema")
    (example,) = documents(rekindle(capsys, "scenario", "--example").out)

    assert said.json == json.loads(SCHEMA.read_text("utf-8"))
    jsonschema.validate(example.value, said.json)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"start": "2026-03-02T10:00:00Z", "steps": [{"wait": "1h", "until": "now"}]}, said.json)


@pytest.mark.parametrize("step", ["[demo]", "[scenario, story.yaml]", "[serve]", "[show, ann, --stack, shop]"])
def test_a_command_that_leaves_the_story_is_refused(tmp_path: Path, capsys: Capture, step: str) -> None:
    said = rekindle(capsys, "scenario", str(written(tmp_path, f"  - wait: 1h\n  - command: {step}\n")))

    assert (said.status, said.out) == (2, "")
    assert "story.yaml:7: steps[1].command[" in said.err


@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_a_fault_that_is_met_while_playing_ends_with_2_and_later_stories_are_played(
    tmp_path: Path, capsys: Capture, arguments: tuple[str, ...]
) -> None:
    unknown = "  - fault: {call: dynamodb.write, refuse: X, customer: zoe}\n"
    file = written(tmp_path, f"{unknown}---\n{HEAD}  - wait: 1h\n")

    said = rekindle(capsys, "scenario", *arguments, str(file))

    assert said.status == 2
    assert said.err == f"rekindle: {file}:6: steps[0].fault.customer: nobody is known as zoe yet\n"
    assert [each["line"] for each in said.json["stories"]] == [8] if arguments else said.out == f"ok      {file}:8\n"


def test_a_file_that_is_not_there_ends_with_2(tmp_path: Path, capsys: Capture) -> None:
    said = rekindle(capsys, "scenario", str(tmp_path / "none.yaml"))

    assert (said.status, said.out, said.err) == (2, "", f"rekindle: {tmp_path}/none.yaml: No such file or directory\n")


def test_a_stack_that_the_shell_names_is_out_of_reach(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REKINDLE_STACK", "production")
    file = written(tmp_path, KNOWN + "  - erase: ann@example.com\n    answer: {lacks: production}\n")

    assert rekindle(capsys, "scenario", str(file)).status == 0


def test_without_a_file_it_says_what_to_do(capsys: Capture) -> None:
    said = rekindle(capsys, "scenario")

    assert said.status == 2
    assert "--example" in said.err
