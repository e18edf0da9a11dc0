"""The libraries in the zip: each is a file whose hash the lock names, fetched or kept."""

import hashlib
import zipfile
from pathlib import Path

import pytest

from infra.package import lock, wheels
from infra.package.lock import Pin
from infra.terminal.problem import PackagingProblem

RUNTIME, ARCHITECTURE = "python3.13", "arm64"
ONE, OTHER = "--hash=sha256:" + 64 * "1", "--hash=sha256:" + 64 * "2"


def wheel(folder: Path, name: str = "six", version: str = "1.17.0") -> Path:
    """A wheel that pip takes, with a module in it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}.py", "")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


def pin(*files: Path, version: str = "1.17.0") -> Pin:
    """What a lock says of these files."""
    return Pin(version, frozenset(hashlib.sha256(file.read_bytes()).hexdigest() for file in files))


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that pip fetches from, instead of the network."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    return tmp_path / "index"


def test_a_lock_is_read_with_all_hashes_and_without_its_comments(tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text(
        f"# made\nMarkup_Safe==3.0.4 \\\n    {ONE} \\\n    {OTHER}\n    # via jinja2\n"
        f"colorama==0.4.6 ; sys_platform == 'win32' \\\n    {ONE}\n",
        "utf-8",
    )

    assert lock.pins(path) == {
        "markup-safe": Pin("3.0.4", frozenset({64 * "1", 64 * "2"})),
        "colorama": Pin("0.4.6", frozenset({64 * "1"})),
    }


@pytest.mark.parametrize(
    "line",
    [
        *("chalice>=1.34", "chalice", "-r other.txt", f"chalice == 1.34.0 {ONE}", f"chalice>=1.34 {ONE}"),
        *("chalice==1.34.0", "chalice==1.34.0 --hash=sha256:12", "chalice==1.34.0 --hash=md5:" + 32 * "1"),
    ],
)
def test_a_library_without_a_version_or_a_hash_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text(f"# libraries\nsix==1.17.0 \\\n  {ONE}\n{line}\n", "utf-8")

    with pytest.raises(PackagingProblem, match=r"requirements\.txt:4: expected name==version --hash=sha256:"):
        lock.pins(path)


def test_a_library_that_is_locked_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text(f"six==1.17.0 {ONE}\nSix==1.16.0 {OTHER}\n", "utf-8")

    with pytest.raises(PackagingProblem, match=r"requirements\.txt:2: six is locked twice"):
        lock.pins(path)


def test_a_wheel_is_fetched_and_kept(tmp_path: Path, index: Path) -> None:
    offered = wheel(index)

    found = wheels.fetched({"six": pin(offered)}, RUNTIME, ARCHITECTURE, tmp_path / "cache")

    kept = tmp_path / "cache" / "python3.13-arm64" / offered.name
    assert found == {"six": kept}
    assert kept.read_bytes() == offered.read_bytes()
    assert list(kept.parent.iterdir()) == [kept]


@pytest.mark.usefixtures("index")
def test_a_wheel_that_is_here_is_not_fetched(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = wheel(tmp_path / "python3.13-arm64", "typing_extensions", "4.16.0")

    found = wheels.fetched({"typing-extensions": pin(kept, version="4.16.0")}, RUNTIME, ARCHITECTURE, tmp_path)

    assert found == {"typing-extensions": kept}
    assert "1 of them here already" in capsys.readouterr().err


def test_a_wheel_that_the_lock_does_not_know_is_refused(tmp_path: Path, index: Path) -> None:
    wheel(index)

    with pytest.raises(PackagingProblem, match="DO NOT MATCH THE HASHES"):
        wheels.fetched({"six": Pin("1.17.0", frozenset({64 * "1"}))}, RUNTIME, ARCHITECTURE, tmp_path / "cache")

    assert not list((tmp_path / "cache").rglob("*.whl"))


def test_a_kept_wheel_that_has_changed_since_is_fetched_again(tmp_path: Path, index: Path) -> None:
    offered = wheel(index)
    kept = wheel(tmp_path / "cache" / "python3.13-arm64")
    kept.write_bytes(kept.read_bytes() + b"?")

    found = wheels.fetched({"six": pin(offered)}, RUNTIME, ARCHITECTURE, tmp_path / "cache")

    assert found["six"].read_bytes() == offered.read_bytes()


@pytest.mark.usefixtures("index")
def test_a_library_that_pip_cannot_get_is_one_clear_problem(tmp_path: Path) -> None:
    wanted = {"no-such-library-of-ours": Pin("1.0", frozenset({64 * "1"}))}

    with pytest.raises(PackagingProblem, match=r"pip cannot fetch the libraries: .*no-such-library-of-ours"):
        wheels.fetched(wanted, RUNTIME, ARCHITECTURE, tmp_path)
