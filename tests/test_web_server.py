"""The running service: hostile clients, shutdown, and its description held against it."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

pytest.importorskip("uvicorn", reason="whichcode[serve] is not installed")

import httpx
from click.testing import CliRunner

import whichcode
from serving import ROOT, serving
from whichcode.cli.commands import group
from whichcode.cli.serve import command
from whichcode.detector import default_detector

PYTHON = "def area(self):\n    return self.width * self.height\n"


@pytest.fixture(scope="module")
def server():
    with serving("--timeout", "2", "--max-body", "100000", "--threads", "2") as server:
        yield server


def raw(server, *parts, pause=0.0, read=True):
    """Send `parts` over one connection and return all that comes back until it is closed or idle for 15 s."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=15) as connection:
        received = b""
        try:
            for part in parts:
                connection.sendall(part)
                time.sleep(pause)
            while chunk := connection.recv(65536):
                received += chunk
        except (TimeoutError, ConnectionError):
            pass
        return received


def post(body, *headers, path="/v1/detect"):
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def test_a_body_that_comes_too_slowly_is_refused(server):
    began = time.monotonic()
    answer = raw(server, post(b'{"text":', "Content-Length: 20"))
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"body_too_slow"' in answer
    assert 1.5 < time.monotonic() - began < 14


def test_headers_that_come_too_slowly_are_hung_up_on(server):
    # The second drips: for 18 s, if nobody hangs up.
    for parts in ([b""], [b"GET /healthz HTTP/1.1\r\n", b"Host: a\r\n", *[b"X: y\r\n"] * 58]):
        began = time.monotonic()
        raw(server, *parts, pause=0.3)
        assert 1.5 < time.monotonic() - began < 14
    # Whoever asks again within the time that a connection is kept is not hung up on.
    with httpx.Client(base_url=server.url) as client:
        assert client.get("/healthz").status_code == 200
        time.sleep(2.5)
        assert client.get("/healthz").status_code == 200


def test_chunks_beyond_the_limit_are_refused_without_a_content_length(server):
    chunk = b"%x\r\n%s\r\n" % (50_000, b"a" * 50_000)
    answer = raw(server, post(b"", "Transfer-Encoding: chunked"), chunk, chunk, chunk, b"0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"body_too_large"' in answer


def test_an_endless_body_is_cut_off(server):
    chunk = b"%x\r\n%s\r\n" % (50_000, b"a" * 50_000)
    answer = raw(server, post(b"", "Transfer-Encoding: chunked"), *[chunk] * 100)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 413 ")
    assert httpx.get(server.url + "/healthz").status_code == 200


def test_who_asks_before_sending_is_told_at_once(server):
    answer = raw(server, post(b"", "Content-Length: 9999999", "Expect: 100-continue"))
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_a_large_body_gets_its_answer_and_not_a_reset(server):
    response = httpx.post(server.url + "/v1/detect", json={"text": "a" * 1_000_000})
    assert (response.status_code, response.json()["error"]["code"]) == (413, "body_too_large")


def test_pipelined_requests_are_answered_in_order(server):
    bodies = [json.dumps({"text": text}).encode() for text in (PYTHON, "SELECT name FROM users;\n")]
    requests = b"".join(post(body, f"Content-Length: {len(body)}") for body in bodies)
    closing = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    answer = raw(server, requests + closing)
    assert answer.count(b"HTTP/1.1 200 OK") == 3
    assert (
        answer.index(b'"language":"python"') < answer.index(b'"language":"sql"') < answer.index(b'"status":"ok"')
    )


def test_what_is_no_http_harms_nothing(server):
    for garbage in (b"\x16\x03\x01\x02\x00", b"GET / HTTP/9.9\r\n\r\n", b"\r\n" * 100, b"A" * 70_000, b"GET"):
        with socket.create_connection(("127.0.0.1", server.port), timeout=4) as connection:
            connection.sendall(garbage)
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(post(b'{"text"', "Content-Length: 4000"))  # and gone
    assert httpx.get(server.url + "/healthz").status_code == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_stop_leaves_nobody_without_an_answer(number):
    texts = [PYTHON * 20] * 8000
    with serving(
        "--threads", "1", "--max-texts", "100000", "--timeout", "60", "--max-body", "100000000"
    ) as server:
        answers = []

        def ask():
            answers.append(httpx.post(server.url + "/v1/detect", json={"texts": texts}, timeout=60))

        threads = [threading.Thread(target=ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + 20
        while "whichcode_requests_in_progress 0.0" in httpx.get(server.url + "/metrics").text:
            assert time.monotonic() < deadline
        time.sleep(0.3)  # the others have connected by now
        status, errors = server.stop(number)
        for thread in threads:
            thread.join(30)
        assert [len(answer.json()["results"]) for answer in answers] == [8000] * 3
        assert (status, errors) == (0, "")
        with pytest.raises(httpx.ConnectError):
            httpx.get(server.url + "/healthz")


def test_nothing_is_logged():
    with serving() as server:
        httpx.post(server.url + "/v1/detect", json={"text": "secret_name = 1"})
        httpx.post(server.url + "/v1/detect", json={"text": 7, "secret_name": 1})
        assert server.stop() == (0, "")


def test_answers_do_not_wait_for_acknowledgements():
    from whichcode.web.server import listen

    with listen("127.0.0.1", 0) as listening:
        # By this, asyncio knows that TCP_NODELAY is to be set.
        assert listening.proto == socket.IPPROTO_TCP


def test_a_port_that_is_taken_is_said_in_a_sentence(server):
    done = CliRunner().invoke(group, ["serve", "--port", str(server.port)])
    assert done.exit_code == 1
    assert "cannot listen on 127.0.0.1 port" in done.output
    assert "Traceback" not in done.output


@pytest.mark.parametrize("host", [".example.com", "d" * 70 + ".example.com"])
def test_a_host_whose_name_cannot_be_one_is_said_in_a_sentence(host):
    done = CliRunner().invoke(group, ["serve", "--host", host])
    assert done.exit_code == 1
    assert f"cannot listen on {host} port" in done.output


def test_a_missing_library_is_named_with_its_extra(monkeypatch):
    for name in [name for name in sys.modules if name.startswith("whichcode.web")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    done = CliRunner().invoke(group, ["serve", "--port", "0"])
    assert done.exit_code == 1
    assert "prometheus-client" in done.output
    assert "whichcode[serve]" in done.output


def test_options_that_cannot_be_are_wrong_usage():
    for option in ("--port 70000", "--threads 0", "--timeout 0", "--timeout nan", "--max-body 1"):
        assert CliRunner().invoke(group, ["serve", *option.split()]).exit_code == 2
    done = CliRunner().invoke(group, ["serve", "--model", "no/such.safetensors"])
    assert done.exit_code == 1


def test_the_page_of_documentation_shows_real_answers():
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "tools/serve_examples.py", "--check"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(Path(whichcode.__file__).resolve().parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    text = (ROOT / "docs" / "serve.md").read_text("utf-8")
    assert len(re.findall(r"^curl ", text, re.MULTILINE)) == len(re.findall(r"^```json$", text, re.MULTILINE)) == 5


def test_the_defaults_of_the_documentation_are_those_of_the_command():
    text = (ROOT / "docs" / "serve.md").read_text("utf-8")
    defaults = {option.opts[0]: option.default for option in command.params}
    for option in ("--max-body", "--max-texts", "--timeout", "--queue"):
        assert f"| `{option}` | {str(defaults[option]).removesuffix('.0')} " in text, option


def test_the_load_test_reports_what_it_measured(tmp_path):
    pytest.importorskip("psutil", reason="psutil is not installed")
    from benchmarks.load import __main__ as load

    assert load.main(["--out", str(tmp_path), "--seconds", "0.1"]) == 0
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert report["counted"] == sum(run["requests"] for run in report["runs"]) > 0
    assert [run["statuses"].keys() for run in report["runs"]] == [{"200"}] * len(report["runs"])
    assert set(report["overload"]["statuses"]) <= {"200", "503"}
    assert report["overload"]["statuses"]["503"] > 0
    assert sum(run["wrong"] for run in [*report["runs"], report["overload"]]) == 0
    assert not any(run["lost"] for run in [*report["runs"], report["overload"]])
    assert report["exit_statuses"] == [0, 0]
    assert (tmp_path / "report.md").exists()
    assert (tmp_path / "load.png").exists()


def test_the_service_is_as_it_describes_itself():
    schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")
    from hypothesis import HealthCheck, given, settings

    from whichcode.web.app import create_app

    schema = schemathesis.openapi.from_asgi("/openapi.json", create_app(default_detector()))
    tried = set()
    bounded = settings(
        max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None
    )
    for found in schema.get_all_operations():
        operation = found.ok()

        @bounded
        @given(case=operation.as_strategy())
        def run(case):
            tried.add(case.operation.label)
            case.call_and_validate()

        run()
    assert tried == {
        "POST /v1/detect",
        "POST /v1/explain",
        "GET /v1/languages",
        "GET /healthz",
        "GET /metrics",
    }
