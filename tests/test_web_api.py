"""The service's answers, its limits and its description of itself."""

import json
import math
import random
import threading
from collections import Counter

import pytest

pytest.importorskip("starlette", reason="whichcode[serve] is not installed")
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from whichcode import Detector, detect
from whichcode.detector import default_detector, prepare
from whichcode.features.extract import extract
from whichcode.features.locate import locate
from whichcode.features.spec import FeatureSpec
from whichcode.web import app as app_module
from whichcode.web.app import create_app
from whichcode.web.limits import MAX_EXPLAINED, Limits
from whichcode.web.openapi import accepted_names

PYTHON = "def area(self):\n    return self.width * self.height\n"
LIMITS = Limits(body=200_000, texts=20, seconds=10, threads=2, queue=4)


@pytest.fixture(scope="module")
def client():
    with TestClient(create_app(default_detector(), LIMITS), raise_server_exceptions=False) as client:
        yield client


def refused(response, status, code):
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (status, code), response.text
    assert set(response.json()) == {"error"}
    assert set(error) == {"code", "message"}
    assert response.headers["content-type"] == "application/json"
    return error["message"]


def test_one_text_is_answered_as_the_library_answers_it(client):
    answer = client.post("/v1/detect", json={"text": PYTHON, "k": 3}).json()
    found = detect(PYTHON, k=3)
    assert answer == {
        "model": default_detector().model.id,
        "language": "python",
        "confidence": round(found.confidence, 6),
        "candidates": [[language, round(p, 6)] for language, p in found.candidates],
    }


def test_a_list_is_answered_in_its_order(client):
    texts = [PYTHON, "", "package main\n\nfunc main() {}\n", "SELECT name FROM users WHERE id = 7;"]
    answer = client.post("/v1/detect", json={"texts": texts}).json()
    assert [result["language"] for result in answer["results"]] == ["python", None, "go", "sql"]
    assert answer["results"][1] == {"language": None, "confidence": 0.0, "candidates": []}
    assert client.post("/v1/detect", json={"texts": []}).json()["results"] == []


def test_options_are_those_of_the_library(client):
    ask = lambda **fields: client.post("/v1/detect", json={"text": "x = 1", **fields}).json()  # noqa: E731
    assert {name for name, _ in ask(among=["py", "Ruby"])["candidates"]} == {"python", "ruby"}
    assert ask(min_confidence=1)["language"] is None
    assert ask(min_confidence=1)["confidence"] > 0
    assert len(ask(k=10**100)["candidates"]) == len(default_detector().languages)
    assert ask(prior={"python": 1e9})["language"] == "python"
    with_prior = detect("x = 1", prior="documentation")
    assert ask(prior="documentation")["language"] == with_prior.language
    assert ask(k=None, among=None, prior=None, min_confidence=None) == ask()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "invalid_json"),
        (b"{", 400, "invalid_json"),
        (b'{"text": "\xff"}', 400, "invalid_json"),
        (b'{"text": "\xed\xa0\x80"}', 400, "invalid_json"),
        (b'{"text": "x", "min_confidence": NaN}', 400, "invalid_json"),
        (b'{"text": "x", "k": ' + b"9" * 5000 + b"}", 400, "invalid_json"),
        (b"[" * 90_000, 400, "invalid_json"),
        (b'{"text": ' + b'{"a":' * 20_000 + b"1" + b"}" * 20_000 + b"}", 400, "invalid_json"),
        (b"[]", 422, "invalid_request"),
        (b'"x"', 422, "invalid_request"),
        (b"{}", 422, "invalid_request"),
        (b'{"text": "a", "texts": ["b"]}', 422, "invalid_request"),
        (b'{"text": null}', 422, "invalid_request"),
        (b'{"texts": "ab"}', 422, "invalid_request"),
        (b'{"texts": ["a", 1]}', 422, "invalid_request"),
        (b'{"text": "a", "frobnicate": 1}', 422, "invalid_request"),
        (b'{"text": "a", "k": 0}', 422, "invalid_request"),
        (b'{"text": "a", "k": true}', 422, "invalid_request"),
        (b'{"text": "a", "k": 1.5}', 422, "invalid_request"),
        (b'{"text": "a", "min_confidence": 1e999}', 422, "invalid_request"),
        (b'{"text": "a", "min_confidence": -0.1}', 422, "invalid_request"),
        (b'{"text": "a", "among": []}', 422, "invalid_request"),
        (b'{"text": "a", "among": "python"}', 422, "invalid_request"),
        (b'{"text": "a", "among": ["nonesuch"]}', 422, "invalid_request"),
        (b'{"texts": [], "among": ["nonesuch"]}', 422, "invalid_request"),
        (b'{"text": "a", "among": ["\\ud800"]}', 422, "invalid_request"),
        (b'{"text": "a", "prior": "folklore"}', 422, "invalid_request"),
        (b'{"text": "a", "prior": {"python": 0}}', 422, "invalid_request"),
        (b'{"text": "a", "prior": {"python": 1e999}}', 422, "invalid_request"),
        (b'{"text": "a\\u0000b"}', 422, "binary"),
        (json.dumps({"texts": ["a"] * 21}).encode(), 422, "too_many_texts"),
        (b'{"text": "' + b"a" * 200_000 + b'"}', 413, "body_too_large"),
    ],
    ids=lambda value: value[:30].decode("latin-1") if isinstance(value, bytes) else None,
)
def test_what_cannot_be_answered_is_refused_clearly(client, body, status, code):
    for path in ("/v1/detect", "/v1/explain"):
        response = client.post(path, content=body, headers={"Content-Type": "application/json"})
        if path == "/v1/detect":
            message = refused(response, status, code)
            assert len(message) < 5000
        else:
            assert 400 <= response.status_code < 500


def test_odd_texts_are_answered(client):
    for text in (
        b'"\\ud800 x = 1"',
        b'"\\ufeffx = 1"',
        b'"a\\r\\nb\\rc"',
        '"\U0001f600 = 1"'.encode(),
        b'"\\u2028"',
    ):
        for path in ("/v1/detect", "/v1/explain"):
            body = b'{"text": ' + text + b"}"
            response = client.post(path, content=body, headers={"Content-Type": "application/json; charset=utf-8"})
            assert response.status_code == 200, response.text


def test_another_type_of_content_is_refused(client):
    refused(client.post("/v1/detect", content=b'{"text": "x"}'), 415, "unsupported_media_type")
    refused(client.post("/v1/detect", data={"text": "x"}), 415, "unsupported_media_type")


def test_no_such_address_and_no_such_method(client):
    refused(client.get("/v2/detect"), 404, "not_found")
    refused(client.get("/v1/detect/"), 404, "not_found")
    refused(client.get("/../pyproject.toml"), 404, "not_found")
    response = client.get("/v1/detect")
    refused(response, 405, "method_not_allowed")
    assert response.headers["allow"] == "POST"


def test_explains_with_features_that_add_up(client):
    asked = {"text": PYTHON, "top": 5}
    answer = client.post("/v1/explain", json=asked).json()
    assert answer["language"] == "python"
    assert len(answer["features"]) == 5
    total = answer["baseline"] + answer["others"] + math.fsum(f["added"] for f in answer["features"])
    assert total == pytest.approx(answer["log_odds"], abs=1e-4)
    explanation = default_detector().explain(PYTHON)
    assert answer["runner_up"] == explanation.runner_up
    placed = {PYTHON[start:end]: added for start, end, added in answer["spans"]}
    assert placed["def"] > 0
    # All that the features added is on the text, but for what stands on line ends alone.
    line_ends = math.fsum(c.added for c in explanation.contributions if not c.feature.strip("\x01\n"))
    assert math.fsum(added for _, _, added in answer["spans"]) == pytest.approx(
        math.fsum(c.added for c in explanation.contributions) - line_ends, abs=0.02
    )


def test_explains_nothing_where_there_is_nothing(client):
    for fields in ({"text": " \n"}, {"text": "x = 1", "among": ["python"]}):
        answer = client.post("/v1/explain", json=fields).json()
        assert (answer["runner_up"], answer["spans"], answer["features"]) == (None, [], [])


def test_explains_the_beginning_of_a_long_text(client):
    answer = client.post("/v1/explain", json={"text": PYTHON * 2000}).json()
    assert answer["characters"] == MAX_EXPLAINED
    assert max(end for _, end, _ in answer["spans"]) <= MAX_EXPLAINED


def test_places_are_those_in_the_text_as_it_was_sent(client):
    text = "\ufeff    def f(x):\r\n\r\n        return x\r\n    # ü 😀 end"
    answer = client.post("/v1/explain", json={"text": text}).json()
    pieces = [text[start:end] for start, end, _ in answer["spans"]]
    assert "def" in pieces
    assert "return" in pieces
    assert all(piece.strip() == piece or not piece.strip() for piece in pieces), pieces
    starts = [start for start, _, _ in answer["spans"]]
    assert starts == sorted(starts)


SPECS = [FeatureSpec(ngrams=3, shapes=3, indentation=True), FeatureSpec(), FeatureSpec(unit="character")]


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from("ab_0.(: \t\n\f\r\xfc"), max_size=40), st.sampled_from(SPECS))
def test_located_features_are_the_extracted_ones(text, spec):
    prepared = prepare(text)
    assert Counter(name for name, _ in locate(prepared, spec)) == Counter(extract(prepared, spec))


@settings(max_examples=15, deadline=None)
@given(st.text(st.sampled_from("ab_0.(: \t\n\r\ufeff"), min_size=1, max_size=60))
def test_places_lie_in_the_text_and_do_not_overlap_line_ends(client, text):
    answer = client.post("/v1/explain", json={"text": text}).json()
    for start, end, _ in answer["spans"]:
        assert 0 <= start < end <= len(text)
        assert not {"\n", "\r"} & set(text[start:end])


def test_languages_are_the_models(client):
    answer = client.get("/v1/languages").json()
    assert [language["id"] for language in answer["languages"]] == list(default_detector().languages)
    assert answer["limits"]["texts"] == LIMITS.texts


def test_health_metrics_and_description(client):
    assert client.get("/healthz").json()["status"] == "ok"
    before = client.get("/metrics").text
    client.post("/v1/detect", json={"texts": ["secret_name = 1", "b"]})
    client.get("/nowhere")
    after = client.get("/metrics").text

    def figure(text, name):
        return float(next(line for line in text.splitlines() if line.startswith(name + " ")).split()[-1])

    assert figure(after, "whichcode_texts_total") == figure(before, "whichcode_texts_total") + 2
    assert figure(after, 'whichcode_requests_total{path="other",status="404"}') >= 1
    assert "secret_name" not in after
    description = client.get("/openapi.json").json()
    assert description["openapi"] == "3.1.0"
    assert {"/v1/detect", "/v1/explain", "/v1/languages", "/healthz", "/metrics"} == set(description["paths"])


def test_names_that_the_description_lists_are_accepted(client):
    known = default_detector().languages
    accepted = accepted_names(known)
    assert {"python", "js", ".rb", "rb", "c++"} <= set(accepted)
    sample = random.Random(1).sample(accepted, 60)
    assert client.post("/v1/detect", json={"text": "x", "among": sample}).status_code == 200


def test_every_answer_has_the_security_headers(client):
    for path in ("/", "/app.js", "/healthz", "/nowhere", "/v1/detect"):
        headers = client.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'; ")
        assert "unsafe" not in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


def test_a_file_of_the_page_is_sent_once(client):
    first = client.get("/style.css")
    assert first.headers["content-type"].startswith("text/css")
    again = client.get("/style.css", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


class Slow(Detector):
    """Holds its threads until it is told to go on."""

    def __init__(self, model):
        super().__init__(model)
        self.go_on = threading.Event()
        self.began = threading.Semaphore(0)

    def detect_many(self, texts, **options):
        self.began.release()
        assert self.go_on.wait(20)
        return super().detect_many(texts, **options)


def test_more_than_may_wait_are_refused_and_the_others_answered():
    slow = Slow(default_detector().model)
    with TestClient(create_app(slow, Limits(threads=1, queue=1))) as client:
        answers = []
        ask = lambda: answers.append(client.post("/v1/detect", json={"text": PYTHON}))  # noqa: E731
        threads = [threading.Thread(target=ask) for _ in range(2)]
        for thread in threads:
            thread.start()
        assert slow.began.acquire(timeout=10)
        while "whichcode_requests_in_progress 2.0" not in client.get("/metrics").text:
            pass
        response = client.post("/v1/detect", json={"text": PYTHON})
        refused(response, 503, "overloaded")
        assert int(response.headers["retry-after"]) >= 1
        assert client.get("/healthz").status_code == 200
        slow.go_on.set()
        for thread in threads:
            thread.join(20)
        assert [answer.json()["language"] for answer in answers] == ["python", "python"]
        assert client.post("/v1/detect", json={"text": PYTHON}).status_code == 200


@pytest.mark.parametrize("path", ["detect", "explain"])
def test_bodies_are_read_in_the_pool_and_not_in_the_event_loop(monkeypatch, path):
    parse = getattr(app_module, f"parse_{path}")
    threads = []

    def watched(*arguments):
        threads.append(threading.current_thread().name)
        return parse(*arguments)

    monkeypatch.setattr(app_module, f"parse_{path}", watched)
    with TestClient(create_app(default_detector(), LIMITS)) as client:
        assert client.post(f"/v1/{path}", json={"text": PYTHON}).status_code == 200
    assert [name.partition("_")[0] for name in threads] == ["whichcode"]


def test_no_answer_in_time_is_an_answer_too():
    with TestClient(create_app(default_detector(), Limits(seconds=1e-9))) as client:
        response = client.post("/v1/detect", json={"text": PYTHON})
        refused(response, 503, "too_slow")
        assert int(response.headers["retry-after"]) >= 1
        refused(client.post("/v1/explain", json={"text": PYTHON}), 503, "too_slow")


def test_a_mistake_of_the_services_own_is_no_traceback():
    class Broken(Detector):
        def detect_many(self, texts, **options):
            raise ZeroDivisionError("secret")

    with TestClient(create_app(Broken(default_detector().model)), raise_server_exceptions=False) as client:
        response = client.post("/v1/detect", json={"text": PYTHON})
        assert "secret" not in refused(response, 500, "internal_error")
