"""What a request leaves in the log."""

import pytest
from flask.testing import FlaskClient
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from structlog.testing import capture_logs

from api.hooks import logs
from jobs import Ledger
from jobs.telemetry.spans import use_provider
from tests.api.conftest import post, read


@pytest.fixture(autouse=True)
def _log_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "ENABLED", lambda _level: True)


def test_a_submit_is_logged_with_job_and_user(client: FlaskClient) -> None:
    """One line names method, path, status, time, user and job, and the answer the line's id."""
    with capture_logs() as lines:
        answer = post(client)

    (line,) = [line for line in lines if line["event"] == "request"]
    assert line["job"] == read(answer)["id"]
    assert line["user"].startswith("anon-")
    assert (line["method"], line["status"], line["log_level"]) == ("POST", 202, "info")
    assert answer.headers["X-Request-ID"]


def test_a_refusal_is_logged_with_its_code(client: FlaskClient) -> None:
    """A refused request's line carries the error code that the caller got."""
    with capture_logs() as lines:
        post(client, model="monet")

    assert lines[-1]["code"] == "unknown-model"


def test_polls_are_quiet(client: FlaskClient) -> None:
    """Reads that went well are logged at debug level only."""
    with capture_logs() as lines:
        client.get("/api/v1/jobs")

    assert lines[-1]["log_level"] == "debug"


@pytest.mark.parametrize(("given", "kept"), [("abcdefgh-1", True), ("x\ty", False), ("", False)])
def test_a_request_id_is_passed_on_if_it_is_sane(
    client: FlaskClient, given: str, kept: bool
) -> None:
    """A proxy's X-Request-ID is taken over, anything odd is replaced."""
    answer = client.get("/livez", headers={"X-Request-ID": given})

    assert (answer.headers["X-Request-ID"] == given) is kept


def test_a_trace_begins_with_the_request(client: FlaskClient, ledger: Ledger) -> None:
    """With spans on, the job carries on the trace that its request began."""
    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    use_provider(provider)
    try:
        job_id = read(post(client))["id"]
    finally:
        use_provider(None)

    (request,) = [span for span in spans.get_finished_spans() if span.name == "POST /jobs"]
    trace_id = ledger.get(job_id).params["traceparent"].split("-")[1]
    assert int(trace_id, 16) == request.context.trace_id
