"""The server takes one request at a time, and ends when that is answered."""

import socket
import time
from threading import Event, Thread

import pytest
from werkzeug.wrappers import Request, Response

from infra.web.server import Server
from tests.web.given import ask, echo, served


def test_the_site_sees_one_request_at_a_time_and_no_tick_meanwhile() -> None:
    running, most, ticks = [0], [0], [0]

    def enter() -> None:
        running[0] += 1
        most[0] = max(most[0], running[0])
        time.sleep(0.02)
        running[0] -= 1

    def tick() -> None:
        ticks[0] += 1
        enter()

    def site(request: Request) -> Response:
        enter()
        return Response()

    with served(site, tick) as port:
        threads = [Thread(target=ask, args=(port, "GET", "/")) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        deadline = time.monotonic() + 10
        while not ticks[0] and time.monotonic() < deadline:
            time.sleep(0.02)

    assert most == [1]
    assert ticks[0] > 0


def test_a_client_that_sends_slowly_delays_no_other() -> None:
    with (
        served(lambda request: Response("here")) as port,
        socket.create_connection(("127.0.0.1", port), timeout=10) as slow,
    ):
        slow.sendall(b"POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\nhalf")

        assert ask(port, "GET", "/")[1] == b"here"


def test_a_request_that_is_running_is_finished_before_show_returns() -> None:
    began, log = Event(), list[str]()

    def site(request: Request) -> Response:
        began.set()
        time.sleep(0.3)
        log.append("answered")
        return Response()

    with Server(0) as server:
        thread = Thread(target=server.show, args=(site,), daemon=True)
        thread.start()
        asking = Thread(target=ask, args=(server.server_port, "GET", "/"), daemon=True)
        asking.start()
        assert began.wait(10)
        server.stop()
        thread.join(timeout=10)
        log.append("stopped")
        asking.join(timeout=10)

    assert log == ["answered", "stopped"]


def test_ctrl_c_is_raised_where_the_site_is_shown() -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with Server(0) as server, pytest.raises(KeyboardInterrupt):
        server.show(echo, interrupt)


def test_a_port_that_is_taken_is_an_error_at_once_and_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with Server(0) as server, pytest.raises(OSError, match="in use"):
        Server(server.server_port)

    assert capsys.readouterr() == ("", "")
