"""No module knows a shop system but its own package, which is imported when its first webhook arrives."""

import re
import subprocess
import sys
from importlib import import_module

import pytest

from infra.package.packaged import CHECKOUT
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)

SYSTEMS = ("shopify", "woocommerce", "segment", "standard_webhooks")
TITLES = re.compile("shopify|woocommerce|x-wc-|segment-signature", re.IGNORECASE)
EXAMPLES = re.compile(r"shopify(:123|=SECRET|=?shopify\.secret)|PATH/shopify|WooCommerce makes such ones")
"""What help texts and docstrings give as an example."""
MEASURED = "infra/bench/webhooks.py"
"""It sends real payloads, and so names whose."""
STORIES = "infra/explore/stories/"
"""A request to be erased reaches the API in the words of a shop's system."""


def test_no_module_outside_their_packages_knows_a_shop_system() -> None:
    assert all(import_module(f"chalicelib.sources.{each}").SOURCE for each in SYSTEMS)
    packages = tuple(f"chalicelib/sources/{each}/" for each in SYSTEMS)
    files = [CHECKOUT / "app.py", *(CHECKOUT / "chalicelib").rglob("*.py"), *(CHECKOUT / "infra").rglob("*.*")]
    others = {file.relative_to(CHECKOUT).as_posix(): file for file in files if file.suffix in (".py", ".json", ".yaml")}

    known = [
        f"{name}: {line.strip()}"
        for name, file in others.items()
        for line in file.read_text("utf-8").splitlines()
        if not name.startswith((*packages, MEASURED, STORIES))
        if TITLES.search(EXAMPLES.sub("", line)) or re.search(rf"sources\.({'|'.join(SYSTEMS)})\b", line)
    ]

    assert known == []


@pytest.mark.parametrize("system", SYSTEMS)
def test_no_shop_system_knows_another(system: str) -> None:
    others = [each for each in SYSTEMS if each != system]

    text = "".join(file.read_text("utf-8") for file in (CHECKOUT / "chalicelib" / "sources" / system).glob("*.py"))

    assert not re.search(rf"sources\.({'|'.join(others)})\b", text)


def loaded_after(code: str) -> set[str]:
    """The modules of ``chalicelib.sources`` that a fresh process has loaded after this code."""
    code += "\nimport sys; print(*[each for each in sys.modules if each.startswith('chalicelib.sources.')])"
    done = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    return {each.removeprefix("chalicelib.sources.") for each in done.stdout.split()}


def test_a_function_starts_without_any_shop_system() -> None:
    assert loaded_after("import app") == set()


def test_only_the_reader_that_is_asked_for_is_imported() -> None:
    loaded = loaded_after("from chalicelib.sources.registry import sources; sources()['shopify'].webhook()")

    assert {each for each in loaded if each.endswith(".webhook")} == {"shopify.webhook"}
