"""The answer to a survey as JSON."""

from typing import Annotated

import msgspec
from msgspec import Meta

from chalicelib.sources.decoding import decoded


class SurveyBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """An answer to a survey. ``form``: a name of one sending, which is the same when it is sent again."""

    score: Annotated[int, Meta(ge=0, le=10)]
    comment: Annotated[str, Meta(max_length=2000)] = ""
    form: Annotated[str, Meta(max_length=64)] = ""


def survey_of(body: bytes) -> SurveyBody:
    """The answer in a JSON body. Raises ``InvalidFact``."""
    answer: SurveyBody = decoded(body, SurveyBody)
    return answer
