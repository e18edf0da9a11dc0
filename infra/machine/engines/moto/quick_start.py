"""What each machine needs when it starts, and what is the same for all of them: it is read or made once."""

import os
from collections.abc import Callable
from copy import copy
from functools import cache
from typing import Any

import yaml
from botocore import handlers, session
from botocore.config import Config
from botocore.hooks import EventAliaser
from botocore.loaders import create_loader
from botocore.session import Session
from moto.kms import models as moto_kms
from moto.kms.utils import generate_private_key

from infra.machine.engines.moto.swaps import Patch, Swap, instead

_CLIENTS: dict[tuple[Any, ...], Any] = {}
"""By all that they depend on. Who registers a handler of events with a client must unregister it."""
_EVENTS: dict[tuple[str, ...], EventAliaser] = {}
"""Of a new session, by botocore's handlers."""


def forget_clients() -> None:
    """Let the next machine make its own: after many failures a client repeats calls less often than a new one."""
    _CLIENTS.clear()


def _client_made_once(create_client: Callable[..., Any]) -> Callable[..., Any]:
    def made(of: Session, *args: Any, **named: Any) -> Any:
        account = sorted((name, value) for name, value in os.environ.items() if name.startswith("AWS_"))
        parameters = (*map(_plain, args), *((name, _plain(each)) for name, each in sorted(named.items())))
        key = (of.user_agent_name, parameters, tuple(account), _handlers())
        if key not in _CLIENTS:
            _CLIENTS[key] = create_client(of, *args, **named)
        return _CLIENTS[key]

    return made


def _events_made_once(register: Callable[[Session, EventAliaser], None]) -> Callable[[Session, EventAliaser], None]:
    def registered(of: Any, events: EventAliaser) -> None:
        if (key := _handlers()) not in _EVENTS:
            register(of, events)
            _EVENTS[key] = copy(events)
        else:
            of._events = copy(_EVENTS[key])
            of._original_handler = of._events._emitter

    return registered


def _handlers() -> tuple[str, ...]:
    return tuple(map(repr, handlers.BUILTIN_HANDLERS))


def _plain(value: Any) -> Any:
    return repr(sorted(vars(value).items(), key=str)) if isinstance(value, Config) else value


QUICK_START = Patch(
    name="quick-start",
    purpose="AWS's models are read, and clients and KMS's own key made, once, not for each machine; libyaml parses.",
    swaps=(
        Swap(Session, "create_client", _client_made_once),
        Swap(Session, "_register_builtin_handlers", _events_made_once),
        Swap(session, "create_loader", instead(cache(create_loader))),
        Swap(moto_kms, "generate_private_key", instead(cache(generate_private_key))),
        Swap(yaml, "Loader", lambda present: getattr(yaml, "CLoader", present)),
    ),
)
