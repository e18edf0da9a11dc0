"""DynamoDB Local, AWS's own engine, as a child process: ``python -m infra.machine.engines.dynamodb_local.process ...``.

COMMAND runs with the engine's URL in ``REKINDLE_DYNAMODB``. If the engine cannot run, COMMAND is skipped and a line
gives the reason; on a CI machine (``CI=true``) that is a failure. The engine is for development and tests only; it is
downloaded with npm once, checked, and stored below ``build/``.
"""

import hashlib
import http.client
import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO

from infra.package.packaged import CHECKOUT

VARIABLE = "REKINDLE_DYNAMODB"
FOLDER = CHECKOUT / "build" / "dynamodb-local"
PACKAGE = "amplify-dynamodb-simulator@2.9.30"
SHA256 = "3503ffac19f183407909fecdacf4db51ab1fdad1da7b2f177016670b2d80e4b9"
INSIDE = "package/emulator/"
TRIES = 3
SECONDS_TO_START = 60.0
SECONDS_TO_STOP = 10.0
UNTIL_ORPHANED = 'exec 3<&0; (cat <&3; kill $$) >/dev/null 2>&1 & exec "$@" </dev/null 3<&-'
"""The shell becomes the engine; a subshell stops it when this process, which holds its input, has ended."""


class CannotRun(Exception):
    """Java is missing, or the engine cannot be downloaded; the text is the reason."""


def java() -> str:
    """The path of Java. Raises ``CannotRun`` without Java (macOS has a program of that name even then)."""
    found = shutil.which("java")
    if found is None or subprocess.run([found, "-version"], capture_output=True, check=False).returncode:  # noqa: S603
        raise CannotRun("there is no Java here (Debian, Ubuntu: apt install default-jre-headless)")
    return found


def engine(folder: Path = FOLDER) -> Path:
    """The folder of the engine, downloaded if needed. Raises ``CannotRun`` if it cannot be downloaded."""
    here = folder / PACKAGE
    if not here.is_dir():
        unpacked = folder / f"{here.name}.{os.getpid()}"
        _unpack(_package(), unpacked)
        try:
            unpacked.rename(here)
        except OSError:  # another process was faster
            shutil.rmtree(unpacked)
    return here


def _package() -> bytes:
    npm = shutil.which("npm")
    if npm is None:
        raise CannotRun("the engine is downloaded with npm, which is not installed (Debian, Ubuntu: apt install npm)")
    with TemporaryDirectory() as folder:
        command = [npm, "pack", "--silent", "--pack-destination", folder, PACKAGE]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        found = next(Path(folder).glob("*.tgz"), None)
        if found is None:
            raise CannotRun(f"npm cannot download {PACKAGE} ({done.stderr.strip()[-200:]})")
        content = found.read_bytes()
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise CannotRun(f"the checksum of {PACKAGE} from npm is not the expected one")
    return content


def _unpack(package: bytes, folder: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(package)) as archive:
        for member in archive:
            content = archive.extractfile(member) if member.name.startswith(INSIDE) else None
            if content is not None:
                path = folder / member.name.removeprefix(INSIDE)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content.read())


@contextmanager
def running() -> Iterator[str]:
    """The URL of an empty engine, in memory; it stops with this block, and with this process, however that ends.

    Raises ``CannotRun``, and RuntimeError with the end of the engine's log when it does not start.
    """
    program, folder = java(), engine()
    for _ in range(TRIES):
        port = _free_port()
        with TemporaryFile() as log:
            process = _started(program, folder, port, log)
            try:
                if _answers(port, process):
                    yield f"http://localhost:{port}"
                    return
            finally:
                _stop(process)
            log.seek(0)
            end_of_log = log.read().decode(errors="replace")[-2000:]
    raise RuntimeError(f"DynamoDB Local does not start: {end_of_log}")


def _started(program: str, folder: Path, port: int, log: IO[bytes]) -> subprocess.Popen[bytes]:
    options = ["-Xmx512m", "-Djava.library.path=./DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar"]
    command = [program, *options, "-inMemory", "-sharedDb", "-port", str(port)]
    return subprocess.Popen(  # noqa: S603
        ["/bin/sh", "-c", UNTIL_ORPHANED, "sh", *command],
        cwd=folder,
        env=os.environ | {"DDB_LOCAL_TELEMETRY": "0"},
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def _answers(port: int, process: subprocess.Popen[bytes]) -> bool:
    """Wait until the engine answers; False if it ended instead, or takes too long."""
    end = time.monotonic() + SECONDS_TO_START
    while process.poll() is None and time.monotonic() < end:
        connection = http.client.HTTPConnection("localhost", port, timeout=5)
        try:
            connection.request("GET", "/")
            connection.getresponse().read()
            return True
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def main(command: list[str]) -> int:
    """Run a command with the engine and return its exit code. Without an engine: 0, or 1 on a CI machine."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        with running() as endpoint:
            return subprocess.run(command, env=os.environ | {VARIABLE: endpoint}, check=False).returncode  # noqa: S603
    except CannotRun as reason:
        is_ci = os.environ.get("CI", "false").lower() not in ("", "0", "false")
        print(f"{'FAILED' if is_ci else 'SKIPPED'}: no tests on DynamoDB Local, {reason}", file=sys.stderr)
        return 1 if is_ci else 0
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    finally:
        signal.signal(signal.SIGTERM, before)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
