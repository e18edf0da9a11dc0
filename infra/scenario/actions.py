"""What the steps of a story do on the local machine."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from itertools import count
from typing import Any
from urllib.parse import urlencode

from msgspec import UNSET

import app
from chalicelib.domain.errors import InvalidSetting
from chalicelib.domain.facts.inbound import MERGED_NAME
from chalicelib.sources.registry import sources
from chalicelib.sources.webhook import Unsigned
from infra.machine.environment import login
from infra.machine.inbox import AcceptedMail
from infra.machine.lambda_context import Crash
from infra.machine.machine import Machine
from infra.scenario import figures, mails, outcomes
from infra.scenario.beside import text_of
from infra.scenario.faults import ActiveFault, Faults
from infra.scenario.files import StoryFile
from infra.scenario.moments import filled, later, moment, told
from infra.scenario.story import (
    Click,
    Fault,
    Import,
    Lag,
    Mail,
    Open,
    Request,
    SesEvent,
    Step,
    Unsubscribe,
    Webhook,
)
from infra.scenario.story import Reply as SurveyReply
from infra.scenario.yaml_text import Path as Place

RunCommand = Callable[[Sequence[str]], int]
RESOURCES = {
    "commerce": "CommerceTable", "engagement": "EngagementTable",
    "audience": "AudienceQueue", "due": "DueQueue", "feedback": "FeedbackQueue", "later": "LaterQueue",
}  # fmt: skip
"""The logical names of what can lag."""
FORM = {"content-type": "application/x-www-form-urlencoded"}
ONE_CLICK = urlencode({"List-Unsubscribe": "One-Click"})
BAD_GATEWAY = 502


@dataclass(frozen=True)
class Reply:
    """The answer to a step: an HTTP status with its body, or a command's exit status with its output."""

    status: int
    text: str
    is_command: bool = False

    @property
    def is_good(self) -> bool:
        """Whether it is a success."""
        return self.status == 0 if self.is_command else 200 <= self.status < 300


class Actions:
    """Does the steps of one story. Commands run in ``folder``."""

    def __init__(self, file: StoryFile, machine: Machine, faults: Faults, folder: str, run_command: RunCommand) -> None:
        self._file, self._machine, self._faults = file, machine, faults
        self._folder, self._run_command = folder, run_command
        self._people: dict[str, None] = {}
        self._numbers = count(1)

    def do(self, step: Step, place: Place) -> Reply | None:
        """Do one step; returns its answer, if anything answers.

        Raises ``NoSuchMail``, ``WrongTime``, ``StoryFault``.
        """
        action, place = step.action, (*place, step.kinds[0])
        match step.kinds[0]:
            case "fact":
                return self._facts([action])
            case "facts":
                return self._facts(action)
            case "wait":
                self._machine.advance_to(later(action, self._machine.clock.now()))
            case "until":
                self._machine.advance_to(moment(action, self._machine.clock.now()))
            case "erase":
                return self._command(["erase", action, "--yes"])
            case "command":
                return self._command(action)
            case "run":
                self._run(action, place)
            case "set":
                self._set(action, place)
            case _:
                return self._other(action, place)
        return None

    def outcomes(self) -> dict[str, list[str]]:
        """The outcomes of everybody who is known, by the ids and addresses that facts told or the story expects."""
        found = outcomes.everybodys(app.parts, {**self._people, **dict.fromkeys(self._file.story.expected)})
        return {who: [line.text for line in lines] for who, lines in found.items()}

    def figures(self) -> dict[str, float | None]:
        """All figures now."""
        return figures.values(app.parts.kpis())

    def _other(self, action: Any, place: Place) -> Reply | None:
        match action:
            case Webhook():
                return self._webhook(action)
            case Open(mail=mail):
                self._report(mail, "open", {})
            case Click(mail=mail, link=link):
                found = self._mail(mail)
                url = mails.shop_link(found, link, app.parts.settings.shop.url)
                self._report(mail, "click", {"link": url})
            case Unsubscribe(mail=mail):
                page = mails.page_path(self._mail(mail), "unsubscribe")
                return self._request("POST", page, ONE_CLICK, FORM)
            case SurveyReply(mail=mail, score=score, comment=comment):
                page = mails.page_path(self._mail(mail), "survey")
                return self._request("POST", page, urlencode({"score": score, "comment": comment}), FORM)
            case Request():
                return self._any_request(action)
            case SesEvent(mail=mail, type=kind, at=at, with_=details):
                when = moment(at, self._machine.clock.now())
                self._machine.ses.publish(self._mail(mail), kind, when, told(details, self._machine.clock.now()))
            case Fault():
                self._fault(action, place)
            case Lag(stream=stream, queue=queue, for_=for_):
                name = RESOURCES[str(stream or queue)]
                self._machine.hold(name, later(for_, self._machine.clock.now()))
            case Import(kind=kind, file=file, options=options):
                path = (self._file.path.parent / file).resolve()
                return self._command(["import", kind, str(path), "--again", *options])
            case _:
                raise AssertionError(f"an unknown step: {action!r}")
        return None

    def _facts(self, facts: Sequence[Mapping[str, Any]]) -> Reply:
        now = self._machine.clock.now()
        body = {"facts": [told(fact, now) for fact in facts]}
        for fact in facts:
            for name in ("id" if fact.get("type") == "customer" else "customer_id", "email"):
                if isinstance(who := fact.get(name), str):
                    self._people[who] = None
        return self._request("POST", "/v1/facts", json.dumps(body), login("/v1/facts"))

    def _webhook(self, webhook: Webhook) -> Reply:
        source, now = sources()[webhook.source], self._machine.clock.now()
        if webhook.body_file is not None:
            text = text_of(self._file.path.parent, webhook.body_file)
        else:
            text = webhook.body if isinstance(webhook.body, str) else json.dumps(webhook.body, ensure_ascii=False)
        body = filled(text, now).encode()
        own_id = webhook.id or f"scenario-{next(self._numbers)}"
        secret = self._file.story.secrets[webhook.source]
        signed = source.webhook().headers
        headers = signed(Unsigned(webhook.topic, body, secret, own_id, now)) if signed else {}
        given = {name.lower(): filled(value, now) for name, value in webhook.headers.items()}
        sent = {"content-type": "application/json"} | {name.lower(): value for name, value in headers.items()} | given
        return self._request("POST", f"/webhooks/{webhook.source}", body, sent)

    def _any_request(self, request: Request) -> Reply:
        path = request.path or mails.page_path(self._mail(request.mail or "last"), str(request.page))
        headers = {
            name.lower(): value.replace("Bearer {api_key}", login(path)["Authorization"])
            for name, value in request.headers.items()
        }
        body: str | None = None
        if request.form is not None:
            body, headers = urlencode(request.form), FORM | headers
        elif request.json is not UNSET:
            now = self._machine.clock.now()
            body, headers = json.dumps(told(request.json, now)), {"content-type": "application/json"} | headers
        return self._request(request.method, path, body, headers)

    def _request(self, method: str, path: str, body: bytes | str | None, headers: Mapping[str, str]) -> Reply:
        try:
            answer = self._machine.request(method, path, body, headers)
        except Crash:  # as API Gateway answers when the function ends
            return Reply(BAD_GATEWAY, '{"message": "Internal server error"}')
        return Reply(answer.status, str(answer.body))

    def _command(self, arguments: Sequence[str]) -> Reply:
        said = StringIO()
        with chdir(self._folder), redirect_stdout(said), redirect_stderr(said):
            status = self._run_command(arguments)
        return Reply(status, said.getvalue(), is_command=True)

    def _set(self, settings: Mapping[str, str | int], place: Place) -> None:
        self._machine.redeploy({name: str(value) for name, value in settings.items()})
        try:
            _ = app.parts.settings
        except InvalidSetting as error:
            raise self._file.setting_fault(place, error) from None

    def _run(self, function: str, place: Place) -> None:
        if not self._machine.step(function):
            raise self._file.fault(place, f"nothing waits for {function}")

    def _fault(self, fault: Fault, place: Place) -> None:
        now = self._machine.clock.now()
        key = app.parts.names.find(fault.customer) if fault.customer else None
        if fault.customer and key is None:
            raise self._file.fault((*place, "customer"), f"nobody is known as {fault.customer} yet")
        until = later(fault.for_, now) if fault.for_ else None
        line, keys = self._file.document.line_of(place), _keys_of(key) if key else frozenset()
        self._faults.all.append(ActiveFault(fault, line, until, keys))

    def _mail(self, choice: Mail) -> AcceptedMail:
        return mails.chosen(choice, self._machine.inbox.mails)

    def _report(self, choice: Mail, kind: str, details: Mapping[str, Any]) -> None:
        self._machine.ses.publish(self._mail(choice), kind, self._machine.clock.now(), details)


def _keys_of(customer: str) -> frozenset[str]:
    """The customer's key, and those of everybody who was merged into them."""
    names = app.parts.names.names_of(customer)
    return frozenset({customer}).union(*(_keys_of(key) for kind, key in names if kind == MERGED_NAME))
