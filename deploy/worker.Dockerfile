# syntax=docker/dockerfile:1.7
# The painter. TORCH_INDEX chooses PyTorch's build: .../cpu (default, small) or .../cu130 for NVIDIA.
FROM python:3.11.11-slim-bookworm AS packages
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
COPY requirements/worker.txt /tmp/
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# PyTorch first, in the version that the list names: pip then leaves it as it is.
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --index-url "$TORCH_INDEX" \
        "$(sed -n 's/^# torch: //p' /tmp/worker.txt)" \
    && /venv/bin/pip install --no-cache-dir --only-binary :all: --require-hashes -r /tmp/worker.txt

FROM python:3.11.11-slim-bookworm
# On a GPU, Triton needs a C compiler when it first starts a kernel: COMPILER=gcc.
ARG COMPILER=
# hadolint ignore=DL3008
RUN if [ -n "$COMPILER" ]; then apt-get update \
    && apt-get install --yes --no-install-recommends "$COMPILER" libc6-dev \
    && rm -rf /var/lib/apt/lists/*; fi
# The engine keeps its compiled kernels in ~/.cache: a volume there spares their making at each start.
RUN useradd --uid 10001 --create-home doodlescape \
    && install --directory --owner=10001 --group=10001 /home/doodlescape/.cache/doodlescape
WORKDIR /app
COPY --from=packages /venv /venv
COPY jobs jobs
COPY worker worker
COPY spade spade
ENV TRITON_CACHE_DIR=/home/doodlescape/.cache/doodlescape/triton
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 OMP_WAIT_POLICY=PASSIVE GOMP_SPINCOUNT=0
USER 10001
CMD ["python", "-m", "worker.app"]
