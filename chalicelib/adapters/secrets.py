"""The webhooks' secrets, in SSM's Parameter Store: one SecureString a source, several live ones apart by lines."""

import logging
from typing import Any

from aws_lambda_powertools.utilities.parameters import SSMProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

from chalicelib.adapters import aws
from chalicelib.domain.errors import Unavailable

KNOWN_FOR = 300
"""Seconds for which a secret is not asked for again: a new one is taken at the latest then."""
MISSED_FOR = 60
"""The same of a secret that is not there, so that nobody's knocking costs a call each time."""
log = logging.getLogger("rekindle.secrets")


def live(text: str) -> tuple[str, ...]:
    """The secrets of a text, one a line, as they are and without the spaces around them.

    A secret may have spaces within, and even at its ends: WooCommerce makes such ones.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    return tuple(dict.fromkeys(secret for line in lines for secret in (line, line.strip())))


class Secrets:
    """What webhooks are signed with, read when first needed."""

    def __init__(self, prefix: str) -> None:
        """``prefix`` is the parameters' path, such as ``/rekindle/webhooks``."""
        self._prefix = prefix
        self._ssm = SSMProvider(boto3_client=aws.ssm())

    def __call__(self, source: str) -> tuple[str, ...]:
        """The live secrets of a source, none if it is not set up; raises ``Unavailable``."""
        name = f"{self._prefix}/{source}"
        try:
            return live(str(self._ssm.get(name, max_age=KNOWN_FOR, decrypt=True)))
        except GetParameterError as error:
            return self._without(source, name, error)

    def _without(self, source: str, name: str, error: GetParameterError) -> tuple[str, ...]:
        cause: Any = error.__context__
        code = getattr(cause, "response", {}).get("Error", {}).get("Code", type(cause).__name__)
        if code != "ParameterNotFound":
            raise Unavailable(code) from None
        log.warning("a webhook came for a source without a secret: it is not set up", extra={"source": source})
        self._ssm.add_to_cache((name, None, False), "", MISSED_FOR)
        return ()
