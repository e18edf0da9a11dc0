"""The secrets, in SSM's Parameter Store: SecureStrings below one path, which ``rekindle secrets`` makes and changes.

/rekindle/identity           hexadecimal; it never changes
/rekindle/tokens             id:hexadecimal, one per line, the newest first
/rekindle/api/facts          an API key per line: each use has its own, and two while one is replaced
/rekindle/webhooks/<source>  a secret per line
"""

import logging
from functools import cached_property
from typing import Any

from chalicelib.adapters.aws import Aws, translated
from chalicelib.domain.errors import InvalidSetting, Unavailable

KNOWN_FOR = 300
"""Seconds until a secret is read again that may change: a new one takes effect by then."""
MISSED_FOR = 60
"""The same for a missing secret, so that unwanted requests do not cost a call each."""
IDENTITY, TOKENS = "identity", "tokens"
SHORTEST_KEY = 16
log = logging.getLogger("rekindle.secrets")


def of_webhook(source: str) -> str:
    """The name of the secret that signs a source's webhooks."""
    return f"webhooks/{source}"


def of_api(use: str) -> str:
    """The name of the API keys of one use."""
    return f"api/{use}"


def live(text: str) -> tuple[str, ...]:
    """The secrets in a text, one per line, both as written and without surrounding spaces.

    A secret may contain spaces, even at its ends: some shop systems generate such secrets.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    return tuple(dict.fromkeys(secret for line in lines for secret in (line, line.strip())))


class Secrets:
    """The secrets of a deployment, each read when it is first needed."""

    def __init__(self, path: str, aws: Aws) -> None:
        """``path`` is that of the parameters, such as ``/rekindle``."""
        self._path, self._aws = path, aws

    def fixed(self, name: str) -> str:
        """A secret that every deployment has, read once; raises ``InvalidSetting`` or ``Unavailable``."""
        full = f"{self._path}/{name}"
        ssm = self._aws.ssm
        try:
            with translated():
                return ssm.get_parameter(Name=full, WithDecryption=True)["Parameter"]["Value"].strip()
        except Unavailable as error:
            if str(error) == "ParameterNotFound":
                raise InvalidSetting(f"the secret {full} does not exist: make it with rekindle secrets init") from None
            raise

    def live(self, name: str) -> tuple[str, ...]:
        """The values of a secret that are active now, none if it is not set up; raises ``Unavailable``."""
        from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

        full = f"{self._path}/{name}"
        try:
            return live(str(self._renewed.get(full, max_age=KNOWN_FOR, decrypt=True)))
        except GetParameterError as error:
            return self._without(name, full, error)

    @cached_property
    def _renewed(self) -> Any:
        """Powertools' cache, which only the functions load that read such secrets."""
        from aws_lambda_powertools.utilities.parameters import SSMProvider

        return SSMProvider(boto3_client=self._aws.ssm)

    def _without(self, name: str, full: str, error: Exception) -> tuple[str, ...]:
        cause: Any = error.__context__
        code = getattr(cause, "response", {}).get("Error", {}).get("Code", type(cause).__name__)
        if code != "ParameterNotFound":
            raise Unavailable(code) from None
        log.warning("request refused: there is no secret for it", extra={"source": name})
        self._renewed.add_to_cache((full, None, False), "", MISSED_FOR)
        return ()


def identity_key(text: str) -> bytes:
    """The key of all customers' keys; raises ``InvalidSetting``, whose message never shows it."""
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) < SHORTEST_KEY:
        raise InvalidSetting(f"the secret {IDENTITY} must be 32 hexadecimal digits or more")
    return key
