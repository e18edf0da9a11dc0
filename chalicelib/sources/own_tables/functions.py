"""The functions that expressions in ``infra/sources.yaml`` may call."""

from decimal import Decimal
from typing import Any

import jmespath  # type: ignore[import-untyped]
from jmespath import functions


class Functions(functions.Functions):  # type: ignore[misc]
    """JMESPath's functions and one more: ``split(pk, '#')[1]`` is ``17`` if ``pk`` is ``CUSTOMER#17``.

    ``to_number`` keeps the fraction of a ``Decimal``; JMESPath's own would keep only the whole part.
    """

    @functions.signature({"types": ["string"]}, {"types": ["string"]})  # type: ignore[untyped-decorator]
    def _func_split(self, text: str, separator: str) -> list[str]:
        return text.split(separator)

    @functions.signature({"types": []})  # type: ignore[untyped-decorator]
    def _func_to_number(self, value: Any) -> Any:
        return value if isinstance(value, Decimal) else super()._func_to_number(value)


OPTIONS = jmespath.Options(custom_functions=Functions())
