# syntax=docker/dockerfile:1.7
# Celery's own view of the workers, with our settings: a stock image would look under other keys.
FROM python:3.11.11-slim-bookworm AS packages
COPY requirements/flower.txt /tmp/
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --only-binary :all: --require-hashes -r /tmp/flower.txt

FROM python:3.11.11-slim-bookworm
RUN useradd --uid 10001 --create-home doodlescape
WORKDIR /app
COPY --from=packages /venv /venv
COPY jobs jobs
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1
USER 10001
EXPOSE 5555
CMD ["python", "-m", "celery", "--quiet", "-A", "jobs.server.celery_app", "flower", "--address=0.0.0.0", "--port=5555"]
