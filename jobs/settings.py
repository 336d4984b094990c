"""Every setting of the API, the worker and `start`, read once from the environment.

Each field's environment name is its alias; its description says what it means and in which unit.
Nothing else in the repository reads `os.environ` for configuration.
"""

from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from jobs.setting_types import Address, BlobPlace, Names, Origin, Rate, WebhookSecret
from jobs.urls import check_servers

DEVELOPMENT_SECRET = "development-only-secret"
#: Clients may ask for a wait of this many seconds whatever MAX_WAIT is.
USUAL_WAIT_S = 25.0
#: Where `./start` writes the embedded server's URL, inside DATA_DIR.
REDIS_URL_FILE = "redis.url"


def _env(name: str, default: Any, text: str, **limits: Any) -> Any:
    return Field(default, validation_alias=name, description=text, **limits)


class Settings(BaseSettings):
    """Hold the whole configuration, frozen; build it once per process with `load_settings`."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        populate_by_name=True,
        env_ignore_empty=True,
        allow_inf_nan=False,
        hide_input_in_errors=True,  # some of it is secret; see `jobs.setting_errors`
    )

    # Where it listens and lives
    mode: Literal["development", "production"] = _env(
        "DOODLESCAPE_MODE", "development", "production refuses default secrets"
    )
    host: str = _env("HOST", "127.0.0.1", "address that the API binds to")
    port: int = _env("PORT", 8000, "TCP port of the API", ge=0, le=65535)
    api_processes: int = _env("API_PROCESSES", 1, "processes of the API", ge=1)
    api_threads: int = _env(
        "API_THREADS", 64, "threads per API process; each event stream holds one", ge=1
    )
    api_busy: int = _env(
        "API_BUSY", 4, "requests that one API process works on at a time; the others queue", ge=1
    )
    api_drain_s: int = _env(
        "API_DRAIN", 10, "seconds in which a stopping API finishes requests, 1 to 600", ge=1, le=600
    )
    data_dir: Path = _env(
        "DATA_DIR", Path("data"), "folder of the embedded server's files, logs and folder blobs"
    )
    redis_url: str = _env(
        "REDIS_URL",
        "redis://127.0.0.1:6379/0",
        "server of ledger, blobs and Celery messages; also rediss:// (TLS), "
        "redis+sentinel://HOST,HOST/NAME and redis+cluster://HOST,HOST",
    )
    broker_url: str = _env(
        "BROKER_URL",
        "",
        "server of Celery's messages; empty = REDIS_URL. Needed with a cluster, Celery knows none",
    )
    redis_ca: Path | None = _env(
        "REDIS_CA", None, "certificates that vouch for servers with TLS; empty = the system's"
    )
    redis_cert: Path | None = _env("REDIS_CERT", None, "own certificate for servers that want one")
    redis_key: Path | None = _env("REDIS_KEY", None, "key of REDIS_CERT")
    sentinel_password: SecretStr = _env(
        "SENTINEL_PASSWORD", SecretStr(""), "password of the Sentinels themselves"
    )
    redis_timeout_s: float = _env(
        "REDIS_TIMEOUT", 5.0, "seconds that one Redis command may take", gt=0
    )
    api_redis_timeout_s: float = _env(
        "API_REDIS_TIMEOUT", 2.0, "the same for the API, which then answers 503", gt=0
    )
    namespace: str = _env(
        "DOODLESCAPE_NAMESPACE", "doodlescape", "prefix of every key", pattern=r"^[a-z0-9_-]+$"
    )
    public_url: Origin = _env(
        "PUBLIC_URL",
        "",
        "where people reach the service, as https://host, without a path: its page may write even "
        "if a proxy changes Host, and links in webhooks and previews of shared pages are absolute; "
        "empty = paths only, and the request's own host for previews",
    )
    offline_page: bool = _env(
        "OFFLINE_PAGE",
        True,
        "browsers keep the page, to open it without a network; false: they let go of it again",
    )
    trusted_proxies: int = _env(
        "TRUSTED_PROXIES", 0, "reverse proxies in front whose X-Forwarded-* are believed", ge=0
    )
    allowed_hosts: Names = _env(
        "ALLOWED_HOSTS",
        (),
        "host names that requests may ask for, comma separated, .example.com for all below it; "
        "empty = this machine's and PUBLIC_URL's when HOST is loopback without proxies, else any",
    )
    metrics_token: SecretStr = _env(
        "METRICS_TOKEN",
        SecretStr(""),
        "bearer token of GET /metrics; empty = private and loopback addresses only",
    )
    secret_key: SecretStr = _env(
        "SECRET_KEY", SecretStr(DEVELOPMENT_SECRET), "signs session cookies; 32 random characters"
    )
    webhook_secret: WebhookSecret = _env(
        "WEBHOOK_SECRET", SecretStr(""), "signs webhooks, as whsec_<base64>; empty = no webhooks"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = _env(
        "LOG_LEVEL", "INFO", "least severe level that is logged"
    )
    log_format: Literal["console", "json"] = _env("LOG_FORMAT", "console", "shape of log lines")
    otlp_endpoint: Address = _env(
        "OTEL_EXPORTER_OTLP_ENDPOINT", "", "OpenTelemetry collector; empty = no spans"
    )

    # Models
    models: Names = _env(
        "MODEL",
        ("landscape", "landscape-open"),
        "model names, comma separated, the first is the default",
    )
    checkpoints_dir: Path = _env(
        "CHECKPOINTS_DIR", Path("checkpoints"), "folder with one folder per model"
    )
    device: str = _env(
        "DEVICE",
        "auto",
        "auto, cpu, cuda or cuda:N; auto takes a GPU when present; of several, comma separated, "
        "./start gives each a worker of its own",
        pattern=r"^(auto|cpu|cuda(:\d+)?)(,(cpu|cuda:\d+))*$",
    )
    engine: Literal["exact", "fast"] = _env(
        "ENGINE", "exact", "exact: within 1e-4 of the dense network; fast: within 1e-3"
    )
    dtype: Literal["auto", "float32", "float16", "bfloat16"] = _env(
        "DTYPE", "auto", "what a GPU computes with; auto: float16, and float32 on a CPU"
    )
    device_memory_bytes: int = _env(
        "DEVICE_MEMORY", 0, "bytes of its GPU that one worker may take; 0 = all of them", ge=0
    )
    model_memory_bytes: int = _env(
        "MODEL_MEMORY",
        0,
        "bytes of weights that one worker keeps loaded, of the models used last; 0 = all models'",
        ge=0,
    )
    painter: str = _env(
        "DOODLESCAPE_PAINTER",
        "",
        "module:callable(model, settings) that loads a model's painter; empty = spade.load_painter",
    )

    # What one request may ask
    max_body_bytes: int = _env("MAX_BODY_BYTES", 16 * 2**20, "largest request body, bytes", ge=1024)
    max_picture_pixels: int = _env(
        "MAX_PICTURE_PIXELS", 4 * 2**20, "largest picture that is decoded, pixels", ge=1
    )
    max_photo_pixels: int = _env(
        "MAX_PHOTO_PIXELS",
        100_000_000,
        "largest photo or style picture that is sent, pixels; JPEGs are decoded small, others up "
        "to 50 megapixels",
        ge=1,
    )
    max_paint_pixels: int = _env(
        "MAX_PAINT_PIXELS",
        4 * 2**20,
        "most pixels that one job paints, all its variations together; 2048 x 2048 if left out",
        ge=1,
    )
    max_count: int = _env("MAX_COUNT", 8, "most variations of one job", ge=1)
    max_wait_s: float = _env("MAX_WAIT", 25.0, "longest ?wait= of a poll, seconds", ge=0)
    max_event_streams: int = _env(
        "MAX_EVENT_STREAMS", 2, "server-sent event streams that one user may hold open", ge=0
    )

    # Quotas and rates
    max_queued_per_user: int = _env("MAX_QUEUED_PER_USER", 20, "queued jobs of one user", ge=1)
    max_live_per_user: int = _env(
        "MAX_LIVE_PER_USER", 30, "queued and running jobs of one user", ge=1
    )
    max_live_per_address: int = _env(
        "MAX_LIVE_PER_ADDRESS", 60, "queued and running jobs from one address", ge=1
    )
    max_pixels_per_user: int = _env(
        "MAX_PIXELS_PER_USER",
        32 * 2**20,
        "pixels of the queued and running jobs of one user; 0 = any number",
        ge=0,
    )
    max_pixels_per_address: int = _env(
        "MAX_PIXELS_PER_ADDRESS", 64 * 2**20, "the same from one address", ge=0
    )
    max_depth: int = _env("MAX_DEPTH", 10_000, "queued jobs of everyone together", ge=1)
    rate_submit: Rate = _env(
        "RATE_SUBMIT",
        "120/minute",
        "submits and imports of one user, as N/second, N/minute or N/hour; one counts once more "
        "for each whole MiB of its body",
    )
    rate_address: Rate = _env(
        "RATE_ADDRESS", "600/minute", "the same from one address, or from one IPv6 /64"
    )
    rate_read: Rate = _env(
        "RATE_READ", "50/second", "other requests of one user; of one address without cookie or key"
    )

    # How long things are kept
    retention_s: float = _env(
        "RETENTION", 86_400.0, "seconds a finished job and its pictures are kept", gt=0
    )
    share_retention_s: float = _env(
        "SHARE_RETENTION",
        30 * 86_400.0,
        "seconds a shared job is kept after it was shared, at least",
        gt=0,
    )
    tombstone_s: float = _env(
        "TOMBSTONE", 7 * 86_400.0, "seconds an expired job still answers 410", gt=0
    )
    queue_ttl_s: float = _env(
        "QUEUE_TTL", 86_400.0, "seconds a job may wait before it expires unpainted", gt=0
    )
    idempotency_s: float = _env(
        "IDEMPOTENCY", 86_400.0, "seconds an Idempotency-Key is remembered", gt=0
    )
    blob_store: BlobPlace = _env(
        "BLOB_STORE",
        "redis",
        "redis, folder (under DATA_DIR), folder:PATH or s3://BUCKET/PREFIX",
    )
    s3_endpoint: Address = _env(
        "S3_ENDPOINT", "", "address of an S3 service that is not Amazon's, as https://host"
    )
    s3_timeout_s: float = _env("S3_TIMEOUT", 5.0, "seconds that one try of S3 may take", gt=0)

    store_patience_s: float = _env(
        "STORE_PATIENCE",
        30.0,
        "seconds a painted batch waits for room in a full store before its jobs fail",
        ge=0,
    )

    # Leases and workers
    worker_name: str = _env(
        "WORKER_NAME", "", "stable name of this worker; empty = host name and process id"
    )
    lease_s: float = _env(
        "LEASE", 15.0, "seconds after which a job whose worker went silent goes back", gt=0
    )
    max_attempts: int = _env("MAX_ATTEMPTS", 3, "claims of one job before it fails as poison", ge=1)
    batch_items: int = _env("BATCH_ITEMS", 8, "most pictures in one batch", ge=1)
    batch_pixels: int = _env(
        "BATCH_PIXELS",
        2**20,
        "most pixels in one batch; a job of as many is a batch of its own. More of them, such as "
        "8388608, let a GPU paint large pictures together",
        ge=1,
    )
    heartbeat_s: float = _env("HEARTBEAT", 2.0, "seconds between two signs of life", gt=0)
    poll_s: float = _env(
        "POLL", 2.0, "seconds after which an idle worker looks without a tick", gt=0
    )
    janitor_s: float = _env("JANITOR", 1.0, "seconds between two sweeps of the janitor", gt=0)
    drain_s: float = _env(
        "DRAIN", 20.0, "seconds that a stopping worker may use to finish its batch", ge=0
    )
    watchdog_s: float = _env(
        "WATCHDOG", 60.0, "seconds without a poll after which a worker ends itself", gt=0
    )
    paint_limit_s: float = _env(
        "PAINT_LIMIT", 600.0, "seconds one batch may paint before the worker ends itself", gt=0
    )
    recycle_jobs: int = _env(
        "RECYCLE_JOBS", 0, "jobs after which a worker drains and ends; 0 = never", ge=0
    )

    target_wait_s: float = _env(
        "TARGET_WAIT",
        20.0,
        "seconds that a job should wait at most; an autoscaler follows what /metrics makes of it",
        gt=0,
    )

    max_workers: int = _env(
        "MAX_WORKERS", 100, "most workers for one model that /metrics asks an autoscaler for", ge=1
    )

    # Webhooks
    webhook_attempts: int = _env(
        "WEBHOOK_ATTEMPTS", 8, "tries of one delivery before it is a dead letter", ge=1
    )
    webhook_backoff_s: float = _env(
        "WEBHOOK_BACKOFF", 5.0, "seconds before the second try; doubles each time", gt=0
    )
    webhook_timeout_s: float = _env("WEBHOOK_TIMEOUT", 10.0, "seconds one delivery may take", gt=0)
    webhook_private: bool = _env(
        "WEBHOOK_ALLOW_PRIVATE", False, "deliver to private and loopback addresses (tests only)"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.models:
            raise ValueError("MODEL names no model; give at least one, as MODEL=landscape")
        if self.mode == "production" and self.uses_default_secret:
            raise ValueError(
                "SECRET_KEY is the development default, which production refuses; "
                "set it to 32 random characters"
            )
        for name, most in (
            ("MAX_PIXELS_PER_USER", self.max_pixels_per_user),
            ("MAX_PIXELS_PER_ADDRESS", self.max_pixels_per_address),
        ):
            if 0 < most < self.max_paint_pixels:
                raise ValueError(
                    f"{name} is {most}, less than the {self.max_paint_pixels} of MAX_PAINT_PIXELS, "
                    "so that largest job could never be queued; raise the one or lower the other"
                )
        if (self.redis_cert is None) != (self.redis_key is None):
            raise ValueError("REDIS_CERT and REDIS_KEY belong together: set both or neither")
        for name, file in (
            ("REDIS_CA", self.redis_ca),
            ("REDIS_CERT", self.redis_cert),
            ("REDIS_KEY", self.redis_key),
        ):
            if file is not None and not file.is_file():
                raise ValueError(f"{name} is {file}, which is no file")
        check_servers(redis_url=self.redis_url, celery_url=self.celery_url)
        return self

    @property
    def celery_url(self) -> str:
        """Return the server of Celery's messages."""
        return self.broker_url or self.redis_url

    @property
    def ledger_root(self) -> str:
        """Return the prefix of the ledger's keys, in braces: a cluster keeps them on one node."""
        return f"{{{self.namespace}}}:"

    @property
    def longest_wait_s(self) -> float:
        """Return the longest ?wait= that a poll may ask for; above `max_wait_s` it is cut short."""
        return max(self.max_wait_s, USUAL_WAIT_S)

    @property
    def default_model(self) -> str:
        """Name the model of requests that name none."""
        return self.models[0]

    @property
    def uses_default_secret(self) -> bool:
        """Tell whether the cookie secret is the published development one."""
        return self.secret_key.get_secret_value() == DEVELOPMENT_SECRET

    @cached_property
    def blob_ttl_s(self) -> float:
        """Return the longest time any blob may be needed: wait, retention, and an hour of slack."""
        return self.queue_ttl_s + self.retention_s + 3600.0


def load_settings(**overrides: object) -> Settings:
    """Read the settings from the environment; `overrides` (field names) win over it.

    Without REDIS_URL, the embedded server that `./start` runs on the same DATA_DIR is found by the
    file redis.url that it leaves there.

    Raises:
        ValidationError: a setting is refused; `jobs.setting_errors` says it well.
    """
    settings = Settings(**overrides)  # type: ignore[arg-type]
    found = settings.data_dir / REDIS_URL_FILE
    if "redis_url" not in settings.model_fields_set and found.is_file():
        return settings.model_copy(update={"redis_url": found.read_text().strip()})
    return settings
