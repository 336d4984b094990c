"""One trace tells a job's way from the submit to the stored picture."""

import sys
import threading
import zlib
from collections.abc import Iterator
from uuid import uuid4

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from bench.painters import FlatPainter
from jobs import Ledger, NewJob, Settings, open_blobs
from jobs.telemetry.spans import start_spans, submit_span, use_provider
from tests.waiting import until
from worker.leases import LeaseKeeper
from worker.models import ModelCache
from worker.publish import Publisher
from worker.runner import Runner


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """Collect the spans of this process."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    use_provider(provider)
    yield exporter
    use_provider(None)
    provider.shutdown()


def test_the_stages_of_a_job_share_its_trace(
    ledger: Ledger, settings: Settings, spans: InMemorySpanExporter
) -> None:
    """Submit, decode, paint and publish are one trace, with the job's id on each."""
    blobs = open_blobs(settings)
    new = NewJob(
        id=str(uuid4()), user="ann", model="tiny", size=(8, 8), params={"label_map": "map"}
    )
    blobs.put(new.id, "map", zlib.compress(bytes(64)), 60)
    with submit_span(new) as traced:
        ledger.submit(traced)
    models = ModelCache(["tiny"], lambda _: FlatPainter())
    publisher = Publisher(ledger, blobs)
    runner = Runner("w", ledger, blobs, models, publisher, LeaseKeeper(ledger))
    thread = threading.Thread(target=runner.run)
    thread.start()
    until(lambda: len(spans.get_finished_spans()) == 4)
    runner.drain()
    thread.join(60)
    blobs.close()
    found = spans.get_finished_spans()
    assert [span.name for span in found] == ["submit", "decode", "paint", "publish"]
    assert len({span.context.trace_id for span in found if span.context}) == 1
    assert {(span.attributes or {})["job"] for span in found} == {new.id}


def test_a_collector_without_the_packages_is_one_clear_line(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asking for traces without OpenTelemetry says what to install; not asking imports nothing."""
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    start_spans(settings, "test")
    asked = settings.model_copy(update={"otlp_endpoint": "http://127.0.0.1:9"})
    with pytest.raises(ValueError, match="pip install"):
        start_spans(asked, "test")
