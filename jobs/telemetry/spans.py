"""Optional OpenTelemetry: one trace from the submit to the stored picture.

Nothing is imported and nothing costs anything unless OTEL_EXPORTER_OTLP_ENDPOINT is set. The
trace travels with the job, as W3C trace context (traceparent) among its parameters.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from jobs.job import Job, NewJob
from jobs.settings import Settings

TRACE_PARENT = "traceparent"
_tracer: Any = None


def start_spans(settings: Settings, service: str) -> None:
    """Send this process's spans to the collector of the settings, if they name one.

    Raises:
        ValueError: the OpenTelemetry packages are not installed.
    """
    if not settings.otlp_endpoint:
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise ValueError(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, but OpenTelemetry is not installed: "
            "pip install '.[trace]', or unset it"
        ) from error
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    exporter = OTLPSpanExporter(endpoint=f"{settings.otlp_endpoint.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    use_provider(provider)


def use_provider(provider: Any) -> None:
    """Take spans from this tracer provider; None switches them off."""
    global _tracer
    _tracer = provider.get_tracer("doodlescape") if provider is not None else None


@contextmanager
def span(name: str, **attributes: str | int) -> Iterator[str]:
    """Time a block as a span, and return the traceparent that continues it ('' when off)."""
    if _tracer is None:
        yield ""
        return
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    with _tracer.start_as_current_span(name, attributes=attributes):
        context: dict[str, str] = {}
        TraceContextTextMapPropagator().inject(context)
        yield context.get(TRACE_PARENT, "")


@contextmanager
def submit_span(new: NewJob) -> Iterator[NewJob]:
    """Time a submit, and return the job as it is to be submitted: it carries the trace on."""
    with span("submit", job=new.id, model=new.model, user=new.user) as parent:
        yield replace(new, params={**new.params, TRACE_PARENT: parent}) if parent else new


def stage_span(jobs: Iterable[Job], name: str, seconds: float) -> None:
    """Add a span that ends now and took `seconds` to the trace of each of a batch's jobs."""
    if _tracer is None:
        return
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    end_ns = time.time_ns()
    for job in jobs:
        parent = TraceContextTextMapPropagator().extract(job.params)
        stage = _tracer.start_span(
            name,
            context=parent,
            start_time=end_ns - round(seconds * 1e9),
            attributes={"job": job.id, "model": job.model, "attempt": job.attempt},
        )
        stage.end(end_time=end_ns)
