"""The zip: what is in it, what is not, compiled as Lambda wants it, and the same bytes every time."""

import json
import platform
import re
import subprocess
import zipfile
from pathlib import Path

import pytest

from infra.package import archive, contents, lock
from infra.package.__main__ import build, main
from infra.package.packaged import CHECKOUT
from infra.package.template import runtime
from infra.terminal.problem import PackagingProblem
from tests.adopt.given import example
from tests.deploy.conftest import ARCHITECTURES
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
KINDS = (
    *("app.py", "chalicelib/api/__init__.py", "chalicelib/api/pages/base.html", "chalicelib/api/pages/texts/en.toml"),
    *(
        "workflows/__init__.py",
        "workflows/brand.toml",
        "workflows/messages/shell.html",
        "workflows/messages/pieces.txt",
    ),
    *("workflows/messages/words.en.toml", "workflows/messages/footer.en.md"),
    *("workflows/win_back/__init__.py", "workflows/win_back/messages/offer.en.md"),
)
UNCHECKED_HASH = 0b01
HASHES = """
import json, sys, zipfile
from importlib.util import MAGIC_NUMBER, source_hash
with zipfile.ZipFile(sys.argv[1]) as opened:
    hashes = {name: source_hash(opened.read(name)).hex() for name in opened.namelist() if name.endswith(".py")}
print(json.dumps([sys.implementation.cache_tag, MAGIC_NUMBER.hex(), hashes]))
"""
"""Each interpreter has its own."""


@pytest.fixture(scope="module")
def zipped(package: Path) -> Path:
    return package / "deployment.zip"


@pytest.fixture(scope="module")
def names(zipped: Path) -> set[str]:
    with zipfile.ZipFile(zipped) as opened:
        return set(opened.namelist())


def test_the_zip_holds_what_the_functions_are_made_of(names: set[str]) -> None:
    assert {"app.py", "chalicelib/wiring/parts.py", "workflows/abandoned_cart/__init__.py", "chalice/app.py"} <= names
    parts = ("md", "subject", "html", "txt")
    assert {f"workflows/abandoned_cart/messages/reminder.ko.{part}" for part in parts} <= names
    assert {"workflows/messages/shell.html", "workflows/brand.toml", "chalicelib/api/pages/base.html"} <= names
    assert [name for name in names if name.startswith("msgspec/") and name.endswith(".so")]


@pytest.mark.parametrize(
    "part",
    ["infra/", "tests/", "pip/", "setuptools/", "click/", "chalice/cli", "chalice/deploy", "boto3/data", "vendor/"],
)
def test_the_zip_holds_nothing_that_no_function_imports(names: set[str], part: str) -> None:
    assert not [name for name in names if name.startswith(part)]


def test_of_botocores_services_only_those_in_use_are_shipped(names: set[str]) -> None:
    services = {name.split("/")[2] for name in names if name.startswith("botocore/data/") and name.count("/") > 2}

    assert services == {"dynamodb", "sqs", "sesv2", "ssm"}


def test_every_source_is_compiled_for_the_runtime_and_trusted(zipped: Path, names: set[str], python: str) -> None:
    done = subprocess.run([python, "-c", HASHES, str(zipped)], capture_output=True, text=True, check=True)
    tag, magic, hashes = json.loads(done.stdout)
    sources = [name for name in names if name.endswith(".py")]

    with zipfile.ZipFile(zipped) as opened:
        for name in sources:
            folder, _, file = name.rpartition("/")
            compiled = "/".join(filter(None, [folder, "__pycache__", f"{file.removesuffix('.py')}.{tag}.pyc"]))
            header = opened.read(compiled)[:16]
            assert header[:4].hex() == magic
            assert int.from_bytes(header[4:8], "little") == UNCHECKED_HASH
            assert header[8:16].hex() == hashes[name]
    assert len([name for name in names if name.endswith(".pyc")]) == len(sources) > 100


def test_the_same_input_gives_the_same_bytes_wherever_and_whenever(zipped: Path, tmp_path: Path, python: str) -> None:
    here, there = tmp_path / "here", tmp_path / "elsewhere" / "there"
    for folder in (here, there):
        with zipfile.ZipFile(zipped) as opened:
            opened.extractall(folder, [name for name in opened.namelist() if not name.endswith(".pyc")])
        archive.compile_all(folder, python)
        archive.pack(folder, folder.with_suffix(".zip"))

    assert here.with_suffix(".zip").read_bytes() == there.with_suffix(".zip").read_bytes() == zipped.read_bytes()


def test_the_zip_is_small(zipped: Path) -> None:
    assert zipped.stat().st_size < 6_000_000


def test_without_lambdas_python_the_zip_has_the_sources_alone_and_that_is_said(
    zipped: Path,
    tmp_path: Path,
    runs_on: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("infra.package.__main__.interpreter", lambda runtime: None)

    build(tmp_path, ARCHITECTURES[platform.machine()], example(), runs_on[0])

    assert _files(tmp_path / "deployment.zip") == {
        name: content for name, content in _files(zipped).items() if not name.endswith(".pyc")
    }
    assert f"{runs_on[0]} was not found: nothing is compiled, and cold starts will be slower" in capsys.readouterr().err


def _files(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def test_the_template_names_the_runtime_that_the_zip_is_for(package: Path, runs_on: tuple[str, str]) -> None:
    assert runtime(json.loads((package / "sam.json").read_text("utf-8"))) == runs_on[0]


def test_every_locked_library_is_shipped_or_known_not_to_be() -> None:
    pins = lock.pins(CHECKOUT / "requirements.txt")

    assert set(contents.shipped(pins)) == set(contents.LIBRARIES)
    with pytest.raises(PackagingProblem, match=r"requirements\.txt locks stranger"):
        contents.shipped({**pins, "stranger": pins["six"]})
    with pytest.raises(PackagingProblem, match="ships six"):
        contents.shipped({name: pin for name, pin in pins.items() if name != "six"})


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with one file of each kind that is shipped."""
    for name in KINDS:
        touch(tmp_path / name)
    return tmp_path


def touch(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


def test_what_a_checkout_has_besides_is_left_out(checkout: Path) -> None:
    for name in (
        *("chalicelib/__pycache__/config.cpython-313.pyc", "workflows/win_back/__pycache__/left.tmp"),
        *("chalicelib/py.typed", "workflows/samples.py", "workflows/digests.json", ".env", "notes.txt"),
    ):
        touch(checkout / name)

    assert contents.sources(checkout) == {name: checkout / name for name in KINDS}


@pytest.mark.parametrize(
    "name",
    [
        *("chalicelib/.env", "chalicelib/notes.txt", "chalicelib/.DS_Store", "chalicelib/api/__init__.py.orig"),
        *("chalicelib/.hidden/config.py", "chalicelib/api/pages/.base.html", "chalicelib/own_tables.json"),
        *("workflows/notes.txt", "workflows/win_back/brief.txt", "workflows/win_back/messages/offer.en.md~"),
        *(
            "workflows/win_back/messages/.offer.en.md",
            "workflows/win_back/messages/offer.en.html",
            "workflows/win_back/customers.csv",
        ),
    ],
)
def test_any_other_file_among_the_sources_is_refused_by_name(checkout: Path, name: str) -> None:
    touch(checkout / name)

    with pytest.raises(PackagingProblem, match=f"^{re.escape(name)}: not a file that is shipped to Lambda"):
        contents.sources(checkout)


def test_a_source_that_does_not_compile_is_one_clear_problem(tmp_path: Path, python: str) -> None:
    (tmp_path / "broken.py").write_text("def", "utf-8")

    with pytest.raises(PackagingProblem, match=r"cannot compile the sources: .*broken\.py"):
        archive.compile_all(tmp_path, python)


def test_a_library_of_which_nothing_is_chosen_is_refused(tmp_path: Path) -> None:
    wheel = tmp_path / "six-1.17.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as opened:
        opened.writestr("seven.py", "")

    with pytest.raises(PackagingProblem, match="selects no file of six"):
        archive.lay_out({}, {"six": wheel}, tmp_path / "task")


def test_a_problem_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(contents.LIBRARIES, "stranger", ("stranger/*",))

    assert main(["--output", "unused"]) == 1

    assert capsys.readouterr().err == (
        "rekindle: infra/package/contents.py ships stranger, which requirements.txt does not lock\n"
    )
    assert not Path("unused").exists()


def test_a_language_without_templates_is_refused_before_anything_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--output", "unused", "--languages", "en,de"]) == 1

    assert "lacks the language 'de'" in capsys.readouterr().err
    assert not Path("unused").exists()
