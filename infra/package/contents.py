"""The contents of the zip: our sources, and the files of each locked library that a Lambda imports.

``requirements.txt`` locks all libraries; each must be named here, so that nothing is added to the zip or left out of it
by accident; the same holds for our own files. In patterns ``*`` matches any characters, including slashes.
"""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from infra.package.lock import Pin
from infra.package.models import OPERATIONS
from infra.terminal.problem import PackagingProblem

SOURCES = ("app.py", "chalicelib", "workflows")
OURS = (
    *("app.py", "chalicelib/*.py", "workflows/*.py"),
    *("chalicelib/api/pages/*.html", "chalicelib/api/pages/texts/*.toml"),
    *("workflows/brand.toml", "workflows/messages/shell.*", "workflows/messages/pieces.*", "workflows/messages/*.toml"),
    *("workflows/messages/*.md", "workflows/*/messages/*.md"),
)
"""The files of ours that are shipped, unless a part of their path begins with a dot."""
NOT_OF_OURS = ("*/__pycache__/*", "*.pyc", "*/py.typed", "workflows/samples.py", "workflows/digests.json")
"""Files that belong to a checkout, but not into the zip; the last two are for ``rekindle validate``."""

NEVER = ("*.dist-info/*", "*.data/*", "*.pyi", "*/py.typed", "*.c", "*.h", "*/tests/*")

POWERTOOLS = (
    *("exceptions", "logging", "metrics", "shared", "tracing", "utilities/jmespath_utils", "utilities/parameters"),
    "warnings",
)

LIBRARIES: Mapping[str, Sequence[str]] = {
    "chalice": ("chalice/__init__.py", "chalice/app.py"),
    "boto3": (
        *(f"boto3/{name}.py" for name in ("__init__", "compat", "exceptions", "session", "utils")),
        "boto3/docs/*.py",  # imported with a session
        "boto3/dynamodb/*.py",  # imported by Powertools' parameters
        "boto3/resources/*.py",
    ),
    "botocore": (
        "botocore/*.py",
        "botocore/cacert.pem",
        *(f"botocore/data/{name}.json" for name in ("_retry", "endpoints", "partitions", "sdk-default-configuration")),
        *(f"botocore/data/{service}/service-2.json.gz" for service in OPERATIONS),
        *(f"botocore/data/{service}/endpoint-rule-set-1.json.gz" for service in OPERATIONS),
    ),
    "aws-lambda-powertools": (
        "aws_lambda_powertools/__init__.py",
        "aws_lambda_powertools/package_logger.py",
        *(f"aws_lambda_powertools/{part}/*.py" for part in POWERTOOLS),
        "aws_lambda_powertools/utilities/__init__.py",
    ),
    "msgspec": ("msgspec/*",),
    "standardwebhooks": ("standardwebhooks/*",),
    "jinja2": ("jinja2/*",),
    "markupsafe": ("markupsafe/*",),
    "tzdata": ("tzdata/__init__.py", "tzdata/zoneinfo/*"),
    "jmespath": ("jmespath/*",),
    "python-dateutil": ("dateutil/*.py",),
    "s3transfer": ("s3transfer/*",),  # boto3 imports it for any service
    "six": ("six.py",),
    "typing-extensions": ("typing_extensions.py",),
    "urllib3": ("urllib3/*",),
}

COMMAND_LINE_ONLY = frozenset(
    [
        *("ansicon", "blessed", "click", "editor", "inquirer", "jinxed", "packaging", "pip", "pyyaml", "readchar"),
        *("runs", "setuptools", "wcwidth", "wheel", "xmod"),
    ]
)
"""Libraries of Chalice's command line that no Lambda needs."""


def shipped(pins: Mapping[str, Pin]) -> dict[str, Pin]:
    """The pins of the libraries that go into the zip.

    Raises ``PackagingProblem`` for a locked library that is not named here, and for one that is named but not locked.
    """
    for name in pins:
        if name not in LIBRARIES and name not in COMMAND_LINE_ONLY:
            raise PackagingProblem(
                f"requirements.txt locks {name}: list it in infra/package/contents.py, as shipped to Lambda or not"
            )
    for name in LIBRARIES:
        if name not in pins:
            raise PackagingProblem(f"infra/package/contents.py ships {name}, which requirements.txt does not lock")
    return {name: pin for name, pin in pins.items() if name in LIBRARIES}


def is_shipped(library: str, path: str) -> bool:
    """Whether this file of a library's wheel goes into the zip."""
    return _matches(path, LIBRARIES[library]) and not _matches(path, NEVER)


def sources(checkout: Path) -> dict[str, Path]:
    """Our own files by their name in the zip.

    Raises ``PackagingProblem`` for a file among them that is not one of ours: it may be a secret.
    """
    found = {}
    for name in SOURCES:
        root = checkout / name
        for path in sorted(root.rglob("*")) if root.is_dir() else [root]:
            inside = path.relative_to(checkout).as_posix()
            if path.is_file() and not _matches(inside, NOT_OF_OURS):
                if not _matches(inside, OURS) or "/." in inside:
                    raise PackagingProblem(
                        f"{inside}: not a file that is shipped to Lambda: remove it, "
                        "or name its kind in infra/package/contents.py"
                    )
                found[inside] = path
    return found


def _matches(path: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in patterns)
