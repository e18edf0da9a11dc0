"""The surviving mutants that no test could kill, each with the reason: ``explained.toml``."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

EXPLAINED = Path(__file__).with_name("explained.toml")


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a mutant of ``function`` behaves as the original, which has ``was`` where the mutant has ``became``."""

    module: str
    function: str
    was: str
    became: str
    why: str


def explanations(file: Path = EXPLAINED) -> tuple[Explanation, ...]:
    """All explanations. Several mutants can share a reason: ``became`` is then a list."""
    read = tomllib.loads(file.read_text("utf-8"))
    return tuple(
        Explanation(each["module"], each["function"], each["was"], became, each["why"])
        for each in read.get("explained", ())
        for became in ([each["became"]] if isinstance(each["became"], str) else each["became"])
    )
