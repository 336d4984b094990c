# syntax=docker/dockerfile:1.7
# The web server: no torch, no compiler, nothing that it could write to.
FROM python:3.11.11-slim-bookworm AS packages
COPY requirements/api.txt /tmp/
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --only-binary :all: --require-hashes -r /tmp/api.txt

FROM python:3.11.11-slim-bookworm
RUN useradd --uid 10001 --create-home doodlescape
WORKDIR /app
COPY --from=packages /venv /venv
COPY api api
COPY jobs jobs
COPY spade spade
COPY frontend frontend
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 HOST=0.0.0.0 PORT=8000
USER 10001
EXPOSE 8000
CMD ["python", "-m", "api.server"]
