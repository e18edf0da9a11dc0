"""Which modules are mutated, and which tests judge each of them: ``plan.toml``."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from infra.terminal.problem import Problem

CHECKOUT = Path(__file__).resolve().parents[2]
PLAN = Path(__file__).with_name("plan.toml")


@dataclass(frozen=True, slots=True)
class Target:
    """A module to mutate (its path below the checkout), the tests that judge it, and those of them to leave out."""

    module: str
    tests: tuple[str, ...]
    left_out: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The path in short, ``journeys/engine``: the name of its folder, and its row in the table."""
        return self.module.removeprefix("chalicelib/").removeprefix("domain/").removesuffix(".py")


def targets(plan: Path = PLAN) -> tuple[Target, ...]:
    """All modules of the plan, in its order."""
    read = tomllib.loads(plan.read_text("utf-8"))
    left_out = tuple(read["left_out"])
    return tuple(
        Target(module, tuple(group["tests"]), left_out) for group in read["group"] for module in group["modules"]
    )


def chosen(names: Iterable[str], among: Iterable[Target]) -> tuple[Target, ...]:
    """Those whose short path is, or ends with, or lies below one of the names; all if there are no names.

    Raises ``Problem`` for a name that fits none.
    """
    among, wanted = tuple(among), [name.removesuffix(".py").strip("/") for name in names]
    for name in wanted:
        if not any(_fits(target, name) for target in among):
            raise Problem(f"no module {name} in {PLAN.name}; it has {', '.join(target.name for target in among)}")
    return tuple(target for target in among if not wanted or any(_fits(target, name) for name in wanted))


def _fits(target: Target, name: str) -> bool:
    path = f"/{target.name}/"
    return f"/{name}/" in path or target.module == f"{name}.py"
