"""The parent of several workers, as processes."""

from __future__ import annotations

import os
import re
import signal
import socket
import threading
from collections import Counter
from contextlib import ExitStack, suppress
from http.client import HTTPConnection, HTTPException, RemoteDisconnected
from pathlib import Path

import pytest

from filled import fill
from master_process import WAIT, Master, ask, eventually, is_alive, serving

if not hasattr(os, "fork"):
    pytest.skip("this system cannot fork", allow_module_level=True)


def test_connections_spread_evenly(tmp_path: Path) -> None:
    """No worker has few, whichever is the fastest; tests/benchmarks/spread.py has the shares.

    One that did not run for a while gets more of the connections that come afterwards.
    """
    with serving(tmp_path, 4) as master, ExitStack() as stack:
        assert master.all_answer(4)
        shares: Counter[int] = Counter()

        def is_even() -> bool:
            for _ in range(64):
                connection = HTTPConnection("127.0.0.1", master.port, timeout=WAIT)
                stack.callback(connection.close)
                shares[ask(connection)[0]] += 1
            return {*shares} == master.workers() and min(shares.values()) >= shares.total() / 16

        assert any(is_even() for _ in range(4)), shares


def kill_one(master: Master) -> int:
    """Kill the worker that answers, one of two, and wait for its successor."""
    killed, _ = master.get()
    os.kill(killed, signal.SIGKILL)
    assert eventually(lambda: len(master.workers() - {killed}) == 2)
    return killed


def test_killed_worker_is_replaced(tmp_path: Path) -> None:
    with serving(tmp_path, 2) as master:
        before = master.workers()
        killed = kill_one(master)
        assert killed not in master.workers()
        assert master.workers() & before == before - {killed}
        assert master.get()[1] == "one"
        assert master.said() == (f"ERROR Worker {killed} was ended by SIGKILL, and is replaced\n")


def test_pipe_that_nobody_reads_holds_up_no_restart(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    count = fill(writing)
    with serving(tmp_path, 2, stderr=writing) as master:
        kill_one(master)
        kill_one(master)
        before = master.workers()
        master.reload("two")
        assert eventually(lambda: not master.workers() & before)
        os.close(writing)
        while count:
            count -= len(os.read(reading, count))
        killed = kill_one(master)
        with os.fdopen(reading, encoding="utf-8") as errors:
            assert errors.readline() == "2 lines were lost\n"
            line = f"ERROR Worker {killed} was ended by SIGKILL, and is replaced\n"
            assert errors.readline() == line


def test_worker_that_dies_loses_its_own_requests_only(tmp_path: Path) -> None:
    with serving(tmp_path, 2) as master:
        assert master.all_answer(2)
        one, other = (HTTPConnection("127.0.0.1", master.port, timeout=WAIT) for _ in range(2))
        process, _ = ask(one)
        while ask(other)[0] == process:
            other.close()  # and the next request opens it anew
        with pytest.raises((RemoteDisconnected, ConnectionResetError)):
            ask(one, "/die")
        assert ask(other)[1] == "one"
        assert master.get()[1] == "one"
        one.close()
        other.close()


def test_worker_that_hangs_before_it_is_ready_is_a_configuration_that_fails(
    tmp_path: Path,
) -> None:
    with serving(tmp_path, 1, HUNG="5") as master:
        before = master.workers()
        master.reload("hang")
        assert eventually(lambda: master.said().count("\n") == 2)
        hung, kept = master.said().splitlines()
        assert (
            re.sub(r"\d+", "N", hung, count=1) == "ERROR Worker N has hung for 5 s, and is killed"
        )
        assert kept == "ERROR The settings stay as they were: was ended by SIGKILL"
        assert master.workers() == before


def test_hanging_worker_is_killed_and_replaced(tmp_path: Path) -> None:
    with serving(tmp_path, 1, HUNG="5") as master:
        [hanging] = master.workers()
        with pytest.raises((RemoteDisconnected, ConnectionResetError)):
            master.get("/hang")
        assert eventually(lambda: hanging not in master.workers())
        assert eventually(lambda: len(master.workers()) == 1)
        assert master.get()[0] != hanging
        assert master.said() == (
            f"ERROR Worker {hanging} has hung for 5 s, and is killed\n"
            f"ERROR Worker {hanging} was ended by SIGKILL, and is replaced\n"
        )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_lets_requests_in_flight_finish(tmp_path: Path, number: int) -> None:
    with serving(tmp_path, 2) as master:
        answers: list[tuple[int, str]] = []
        asking = [
            threading.Thread(target=lambda: answers.append(master.get("/held"))) for _ in range(4)
        ]
        for each in asking:
            each.start()
        assert eventually(lambda: connections(master) == 4)
        master.signal(number)
        assert eventually(lambda: refuses(master.port))
        master.let_go()
        assert master.ended() == 0
        for each in asking:
            each.join(WAIT)
        assert [word for _, word in answers] == ["one"] * 4
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", master.port), WAIT)


def connections(master: Master) -> int:
    """Count the connections that the workers have taken in."""
    port = f"{master.port:04X}"
    lines = Path(f"/proc/{master.process.pid}/net/tcp").read_text("utf-8").splitlines()[1:]
    fields = [line.split() for line in lines]
    # 01: established. Inode 0: the kernel has accepted it, and no process has.
    return sum(each[1].endswith(port) and each[3] == "01" and each[9] != "0" for each in fields)


def test_second_signal_ends_at_once(tmp_path: Path) -> None:
    with serving(tmp_path, 1) as master:

        def ask_in_vain() -> None:
            with pytest.raises((RemoteDisconnected, ConnectionResetError)):
                master.get("/held")

        asking = threading.Thread(target=ask_in_vain)
        asking.start()
        assert eventually(lambda: connections(master) == 1)
        master.signal(signal.SIGTERM)
        assert eventually(lambda: refuses(master.port))
        master.signal(signal.SIGTERM)
        assert master.ended() == 128 + signal.SIGTERM
        asking.join(WAIT)


def refuses(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), WAIT).close()
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:  # the listener was closed with this one in its queue
        return False
    return False


def test_worker_that_does_not_end_is_killed(tmp_path: Path) -> None:
    with serving(tmp_path, 1, DRAIN="0") as master:
        [worker] = master.workers()
        os.kill(worker, signal.SIGSTOP)
        master.signal(signal.SIGTERM)
        assert master.ended() == 0
        assert master.said() == f"ERROR Worker {worker} did not end in time, and is killed\n"


def test_reload_replaces_every_worker_and_loses_no_request(tmp_path: Path) -> None:
    with serving(tmp_path, 3) as master:
        before = master.workers()
        stop = threading.Event()
        words: list[str] = []
        failures: list[Exception] = []

        def ask_on() -> None:
            while not stop.is_set():
                try:
                    words.append(master.get()[1])
                except Exception as error:  # noqa: BLE001 - the test looks at all of them
                    failures.append(error)

        asking = [threading.Thread(target=ask_on) for _ in range(8)]
        for each in asking:
            each.start()
        master.reload("two")
        assert eventually(lambda: len(master.workers()) == 3 and not master.workers() & before)
        count = len(words)
        assert eventually(lambda: len(words) >= count + 50)
        stop.set()
        for each in asking:
            each.join(WAIT)
        assert failures == []
        assert {*words} == {"one", "two"}
        assert {*words[-20:]} == {"two"}
        assert master.said() == ""


def test_workers_drain_as_long_as_they_were_started_for(tmp_path: Path) -> None:
    """A shorter time of a new configuration loses no request of an old worker."""
    with serving(tmp_path, 1) as master:
        answers: list[tuple[int, str]] = []
        asking = threading.Thread(target=lambda: answers.append(master.get("/held")))
        asking.start()
        assert eventually(lambda: connections(master) == 1)
        master.reload("hasty")
        assert eventually(lambda: master.get()[1] == "hasty")
        master.let_go()
        asking.join(WAIT)
        assert [word for _, word in answers] == ["one"]
        assert master.said() == ""


def test_wrong_configuration_changes_nothing(tmp_path: Path) -> None:
    with serving(tmp_path, 2) as master:
        before = master.workers()
        master.reload("fail")
        assert eventually(lambda: master.said() != "")
        assert master.said() == (
            "ERROR The settings stay as they were:\nfail is no word; one was one.\n"
        )
        assert master.workers() == before
        assert master.get()[1] == "one"


@pytest.mark.parametrize(
    ("word", "why"), [("sentence", "There is no database."), ("crash", "ended with exit code 4")]
)
def test_configuration_that_no_worker_can_start_with_changes_nothing(
    tmp_path: Path, word: str, why: str
) -> None:
    with serving(tmp_path, 2) as master:
        before = master.workers()
        master.reload(word)
        assert eventually(lambda: master.said() != "")
        assert master.said() == f"ERROR The settings stay as they were: {why}\n"
        assert eventually(lambda: master.workers() == before)
        assert master.get()[1] == "one"


def test_start_that_fails_says_why_once(tmp_path: Path) -> None:
    with serving(tmp_path, 4, "sentence") as master:
        assert master.ended() == 2
        assert (master.announced, master.said()) == ("", "Error: There is no database.\n")


def test_crash_loop_is_given_up(tmp_path: Path) -> None:
    with serving(tmp_path, 1, "crash") as master:
        assert master.ended() == 1
        *lines, last = master.said().splitlines()
        assert [re.sub(r"\d+", "N", line, count=1) for line in lines] == [
            "ERROR Worker N ended with exit code 4, and is replaced"
        ] * 5
        assert last == "CRITICAL 5 workers in a row ended as soon as they began: giving up"


REFUSED = "The system starts no process: Resource temporarily unavailable."


def test_process_that_the_system_refuses_is_started_later(tmp_path: Path) -> None:
    """The others answer meanwhile, and signals come as ever."""
    with serving(tmp_path, 2, FORKS="2") as master:
        assert master.all_answer(2)
        with suppress(ConnectionError, HTTPException):
            master.get("/die")
        assert master.get()[1] == "one"
        assert eventually(lambda: master.said().count("\n") == 3)
        assert eventually(lambda: len(master.workers()) == 2)
        first, *others = master.said().splitlines()
        assert re.fullmatch(r"ERROR Worker \d+ ended with exit code 3, and is replaced", first)
        assert others == [f"ERROR A worker cannot start, and is started again: {REFUSED}"] * 2
        before = master.workers()
        master.reload("two")
        assert eventually(lambda: master.workers().isdisjoint(before))
        assert master.get()[1] == "two"
        master.signal(signal.SIGTERM)
        assert master.ended() == 0


@pytest.mark.parametrize(("started", "refuses_in"), [("0", "0"), ("1", "0"), ("1", "0.5")])
def test_start_that_the_system_refuses_says_why(
    tmp_path: Path, started: str, refuses_in: str
) -> None:
    """A worker that has started by then is ended, and not announced, be it ready or not."""
    with serving(tmp_path, 2, FORKS=started, REFUSES_IN=refuses_in) as master:
        assert master.ended() == 2
        assert (master.announced, master.said()) == ("", f"Error: {REFUSED}\n")


def test_workers_end_with_their_master(tmp_path: Path) -> None:
    with serving(tmp_path, 2) as master:
        children = master.workers()
        master.process.kill()
        master.process.wait(WAIT)
        assert eventually(lambda: not any(map(is_alive, children)))
        assert refuses(master.port)


def test_workers_that_are_stopped_again_and_again_end_in_time(tmp_path: Path) -> None:
    """The workers are stopped with their group of processes, and then by the master."""
    for _ in range(5):
        with serving(tmp_path, 4) as master:
            assert master.all_answer(4)
            workers = master.workers()
            master.signal(signal.SIGTERM)
            for _ in range(100):
                for each in workers:
                    with suppress(ProcessLookupError):
                        os.kill(each, signal.SIGTERM)
            assert master.ended() == 0
            assert master.said() == ""
