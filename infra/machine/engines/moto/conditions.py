"""A condition is parsed once per call: moto parses it twice, with the same arguments."""

from typing import Any

from moto.dynamodb import comparisons, models, responses
from moto.dynamodb.models import table as table_module

from infra.machine.engines.moto.swaps import Patch, Swap, instead

_create_parser = comparisons.create_condition_expression_parser


class LastCondition:
    """Keeps the last parser: the second time in a call, moto gets the first one's result."""

    def __init__(self) -> None:
        self._arguments: tuple[Any, ...] = ()
        self._parser: Any = None

    def parser(self, text: str | None, names: Any, values: Any) -> Any:
        """Replaces ``create_condition_expression_parser``."""
        if len(self._arguments) == 3 and _same(self._arguments, (text, names, values)):
            return self._parser
        self._arguments, self._parser = (text, names, values), _Parsed(_create_parser(text, names, values))
        return self._parser

    def operation(self, text: str | None, names: Any, values: Any) -> Any:
        """Replaces ``get_filter_expression``."""
        return self.parser(text, names, values).parse()


def _same(left: tuple[Any, ...], right: tuple[Any, ...]) -> bool:
    return left[0] == right[0] and left[1] is right[1] and left[2] is right[2]


class _Parsed:
    """A parser that parses once."""

    def __init__(self, parser: Any) -> None:
        self._parser, self._operation = parser, None

    def parse(self) -> Any:
        if self._operation is None:
            self._operation = self._parser.parse()
        return self._operation

    def __getattr__(self, name: str) -> Any:
        return getattr(self._parser, name)


_LAST = LastCondition()
CONDITIONS = Patch(
    name="conditions",
    purpose="A condition is parsed once per call, not twice.",
    swaps=(
        Swap(responses, "create_condition_expression_parser", instead(_LAST.parser)),
        Swap(models, "create_condition_expression_parser", instead(_LAST.parser)),
        Swap(models, "get_filter_expression", instead(_LAST.operation)),
        Swap(table_module, "get_filter_expression", instead(_LAST.operation)),
    ),
)
