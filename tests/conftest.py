"""How Hypothesis looks for examples, the order of the tests, and what the whole suite tells of the functions' policies.

Hypothesis looks at the same examples every time, as many as the suite's five minutes allow.
"""

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from botocore.loaders import Loader
from hypothesis import HealthCheck, Phase, settings

from infra.machine import calls
from infra.machine.environment import ACCOUNT, SHELL
from tests.deploy.permissions import refused, unneeded
from tests.naming import pytest_collection, pytest_runtest_protocol

__all__ = ["pytest_collection", "pytest_runtest_protocol"]  # which journeys are registered in a test

PHASES = [Phase.explicit, Phase.reuse, Phase.generate, Phase.target, Phase.shrink]
SLOW_IS_FINE = [HealthCheck.too_slow, HealthCheck.data_too_large]

settings.register_profile(
    "ci",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=60,
    phases=PHASES,
    suppress_health_check=SLOW_IS_FINE,
)
settings.register_profile(
    "thorough", deadline=None, max_examples=1000, phases=PHASES, suppress_health_check=SLOW_IS_FINE
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

for name in [name for name in os.environ if name.startswith(SHELL)]:
    del os.environ[name]  # no test, and no process that a test starts, depends on whose shell it is
for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
    os.environ[name] = ACCOUNT[name]

MODELS: dict[Any, dict[Any, Any]] = {}
"""botocore's models of AWS's services, and moto's apart from them, which moto extends. Each machine has clients of its
own; the models are read once in a process."""
_init = Loader.__init__


def _init_with_models(loader: Loader, *args: Any, **options: Any) -> None:
    _init(loader, *args, **options)
    vars(loader)["_cache"] = MODELS.setdefault((type(loader), *loader.search_paths), {})


pytest.MonkeyPatch().setattr(Loader, "__init__", _init_with_models)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest file first, so that no worker is left alone with it at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith("tests/replay/test_replay.py"))


class LeastPrivilege:
    """Notes every call of AWS that a function makes in any test, and holds them against the policies at the end.

    Each call must be allowed. That each permission is needed can only be seen when all tests have run.
    """

    def __init__(self) -> None:
        self._folder = TemporaryDirectory(prefix="calls-")
        self._faults: list[str] = []
        os.environ[calls.VARIABLE] = self._folder.name  # the workers of xdist inherit it, and what the tests start

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Compare; a difference fails the run."""
        made = calls.read(Path(self._folder.name))
        self._folder.cleanup()
        self._faults = refused(made)
        if exitstatus == pytest.ExitCode.OK and is_whole(session.config):
            self._faults += unneeded(made)
        if self._faults:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what differs."""
        if self._faults:
            terminalreporter.section("Policies that do not fit what the functions do (infra/policies)", red=True)
            for fault in self._faults:
                terminalreporter.line(fault)


def is_whole(config: pytest.Config) -> bool:
    """Were all tests to run, rather than some that somebody chose?"""
    choices = ("-k", "-m", "--lf", "--collect-only", "--deselect", "--ignore", "--ignore-glob")
    is_all = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    return is_all and not any(config.getoption(choice, None) for choice in choices)


def pytest_configure(config: pytest.Config) -> None:
    """On the machine, not on xdist's workers."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(LeastPrivilege())
