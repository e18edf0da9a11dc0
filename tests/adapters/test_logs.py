"""A line of the log has its message, the listed fields, and of an error its kind and place: nothing of a person."""

import ast
import io
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib.adapters import logs
from chalicelib.domain.errors import InvalidFact, InvalidJourney, TemplateError, Unavailable

SOURCES = sorted(Path(__file__).parents[2].glob("chalicelib/**/*.py"))
LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
SECRET = "jordan.ellis@mail.example.com"
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def log(request: pytest.FixtureRequest) -> logging.Logger:
    """A logger of its own for each test; Powertools prepares one only once."""
    return logging.getLogger(f"shop-{request.node.name}")


@pytest.fixture
def lines(log: logging.Logger) -> Iterator[Lines]:
    """What the logger has written so far, line by line."""
    logs.prepare(log.name)
    written = io.StringIO()
    (handler,) = log.handlers
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(written)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    log.handlers.clear()


def test_a_listed_field_is_written_and_another_is_dropped(log: logging.Logger, lines: Lines) -> None:
    log.warning("refused", extra={"journey": "win_back", "email": SECRET})

    (line,) = lines()
    assert (line["message"], line["level"], line["journey"]) == ("refused", "WARNING", "win_back")
    assert set(line) == {"level", "location", "message", "timestamp", "service", "journey"}


def test_children_of_the_logger_write_the_same_lines(log: logging.Logger, lines: Lines) -> None:
    log.getChild("dispatch").error("parked", extra={"email": SECRET})

    (line,) = lines()
    assert line["message"] == "parked"
    assert SECRET not in json.dumps(line)


@pytest.mark.parametrize("message", [ValueError(SECRET), {"email": SECRET}, [SECRET]])
def test_a_message_is_a_text_of_the_code_and_nothing_is_filled_in(
    log: logging.Logger, lines: Lines, message: object
) -> None:
    log.error("Caught exception for path %s", SECRET)
    log.error(message)

    assert [line["message"] for line in lines()] == ["Caught exception for path %s", type(message).__name__]


def test_an_error_is_told_by_its_kind_and_place_and_so_is_what_it_came_of(log: logging.Logger, lines: Lines) -> None:
    try:
        try:
            int(SECRET)
        except ValueError as error:
            raise TemplateError(SECRET) from error
    except TemplateError:
        log.exception("parked", stack_info=True)

    (line,) = lines()
    assert SECRET not in json.dumps(line)
    assert line["exception_name"] == "TemplateError"
    kinds = [part for part in line["exception"].splitlines() if not part.startswith("  ")]
    places = [part for part in line["exception"].splitlines() if part.startswith("  ")]
    assert kinds == ["TemplateError", "ValueError"]
    assert len(places) == 2
    assert all("test_logs.py:" in place and place.endswith("what_it_came_of") for place in places)


def test_an_error_of_ours_whose_words_are_codes_is_quoted(log: logging.Logger, lines: Lines) -> None:
    for error in (Unavailable("ThrottlingException"), InvalidFact(f"$.{SECRET}", "is unknown")):
        try:
            raise error
        except type(error):
            log.exception("parked")

    first, second = (line["exception"].splitlines()[0] for line in lines())
    assert (first, second) == ("Unavailable: ThrottlingException", "InvalidFact")


def test_a_journey_that_is_invalid_is_named_in_the_log(log: logging.Logger, lines: Lines) -> None:
    try:
        raise InvalidJourney("win_back", "template 'miss_you' lacks the language 'de'")
    except InvalidJourney:
        log.exception("failed")

    (line,) = lines()
    assert "journey 'win_back': template 'miss_you' lacks the language 'de'" in line["exception"]


def test_what_lambda_s_own_handler_would_write_besides_is_held_back(
    log: logging.Logger, request: pytest.FixtureRequest
) -> None:
    written = io.StringIO()
    lambdas = logging.StreamHandler(written)
    logging.root.addHandler(lambdas)
    request.addfinalizer(lambda: logging.root.removeHandler(lambdas))
    logs.prepare(log.name)
    request.addfinalizer(log.handlers.clear)

    log.getChild("dispatch").error(SECRET)
    logging.getLogger("somebody.else").error("theirs")

    assert written.getvalue() == "theirs\n"


@pytest.mark.parametrize("library", logs.LIBRARIES)
def test_libraries_never_log_requests(lines: Lines, library: str) -> None:
    assert not logging.getLogger(f"{library}.endpoint").isEnabledFor(logging.DEBUG)


def test_a_function_fails_without_a_word_of_what_it_failed_with(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(logs.Unhandled) as raised, logs.guarded():
        raise KeyError(SECRET)

    assert (str(raised.value), raised.value.__cause__, raised.value.__suppress_context__) == ("KeyError", None, True)
    assert [record.message for record in caplog.records] == ["function failed"]


def test_an_error_whose_words_are_codes_passes_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(Unavailable, match="ThrottlingException"), logs.guarded():
        raise Unavailable("ThrottlingException")

    assert caplog.records == []


def calls(source: Path) -> Iterator[ast.Call]:
    """Every call of a method of ``log`` in a source file."""
    for node in ast.walk(ast.parse(source.read_text("utf-8"))):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="log" | "_log"), attr=name)) if name in LEVELS:
                yield node


def fields(call: ast.Call) -> set[str]:
    """The names of the fields that a call gives, as far as they stand there."""
    extra = [keyword.value for keyword in call.keywords if keyword.arg == "extra"]
    return {
        str(node.value)
        for each in extra
        for dictionary in ast.walk(each)
        if isinstance(dictionary, ast.Dict)
        for node in dictionary.keys
        if isinstance(node, ast.Constant)
    }


def test_every_message_is_constant_and_every_field_is_listed() -> None:
    found = [(source, call) for source in SOURCES for call in calls(source)]

    assert len(found) > 10
    for source, call in found:
        where = f"{source.name}:{call.lineno}"
        assert [type(argument) for argument in call.args] == [ast.Constant], f"{where}: one constant message"
        assert {keyword.arg for keyword in call.keywords} <= {"extra"}, where
        assert fields(call) <= logs.FIELDS, f"{where}: list the field in chalicelib/adapters/logs.py, or leave it out"


def test_every_listed_field_is_used() -> None:
    texts = [source.read_text("utf-8") for source in SOURCES if source.name != "logs.py"]

    assert {field for field in logs.FIELDS if not any(f'"{field}"' in text for text in texts)} == set()
