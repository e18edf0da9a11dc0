"""The webhooks' secrets, in SSM's Parameter Store: one SecureString per source, one active secret per line."""

import logging
from typing import Any

from aws_lambda_powertools.utilities.parameters import SSMProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

from chalicelib.adapters.aws import Aws
from chalicelib.domain.errors import Unavailable

KNOWN_FOR = 300
"""Seconds until a secret is read again: a new one takes effect by then."""
MISSED_FOR = 60
"""The same for a missing secret, so that unwanted requests do not cost a call each."""
log = logging.getLogger("rekindle.secrets")


def live(text: str) -> tuple[str, ...]:
    """The secrets in a text, one per line, both as written and without surrounding spaces.

    A secret may contain spaces, even at its ends: some shop systems generate such secrets.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    return tuple(dict.fromkeys(secret for line in lines for secret in (line, line.strip())))


class Secrets:
    """The secrets that sign webhooks, read when first needed."""

    def __init__(self, prefix: str, aws: Aws) -> None:
        """``prefix`` is the parameters' path, such as ``/rekindle/webhooks``."""
        self._prefix = prefix
        self._ssm = SSMProvider(boto3_client=aws.ssm)

    def __call__(self, source: str) -> tuple[str, ...]:
        """The active secrets of a source, none if it is not set up; raises ``Unavailable``."""
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
        log.warning("webhook refused: its source has no secret", extra={"source": source})
        self._ssm.add_to_cache((name, None, False), "", MISSED_FOR)
        return ()
