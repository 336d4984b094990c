"""The application factory: `gunicorn -c api/gunicorn_conf.py "api.app:create_app()"`."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from api import state
from api.hooks import error_handlers, guard, headers, identity, limits, logs, metrics
from api.hooks.turnstile import Turnstile
from api.routes import docs, events, health, images, imports, jobs, models, pages, shares
from jobs.settings import Settings, load_settings
from jobs.telemetry.spans import start_spans

BLUEPRINTS = (pages, docs, health, models, imports, jobs, images, events, shares)
MAX_PARTS = 32
# Werkzeug reads bodies by 64 KiB and counts what it holds of files too, a rest of the piece before
# included; a limit of 64 KiB would refuse files that have a line break where a piece ends.
MAX_TEXT_BYTES = 128 * 1024


def create_app(settings: Settings | None = None) -> Flask:
    """Build the API from `settings`, or from the environment.

    Raises:
        pydantic.ValidationError: a setting is wrong; the message names it.
        ValueError: a model card is damaged, or OpenTelemetry is asked for and missing.
    """
    settings = settings or load_settings()
    start_spans(settings, "doodlescape-api")
    service = state.connect(settings)
    service.catalogue.cards()  # a damaged card is a clear error at the start, not a 500 later
    app = Flask("api", static_folder=None)
    app.config.update(
        MAX_CONTENT_LENGTH=settings.max_body_bytes,
        MAX_FORM_MEMORY_SIZE=MAX_TEXT_BYTES,
        MAX_FORM_PARTS=MAX_PARTS,
    )
    app.extensions["doodlescape"] = service
    secure = settings.mode == "production"
    # Hooks run in this order before a request and in the opposite one after it.
    headers.install(app, secure=secure)
    logs.install(app)
    metrics.install(app)
    error_handlers.install(app)
    guard.install(app, settings)
    identity.install(app, settings.secret_key.get_secret_value(), secure=secure)
    limits.install(app, settings, service.ledger.redis)
    for module in BLUEPRINTS:
        app.register_blueprint(module.blueprint)
    turnstile = Turnstile(app.wsgi_app, settings.api_busy, settings.max_body_bytes)
    app.wsgi_app = turnstile  # type: ignore[method-assign]
    app.extensions["turnstile"] = turnstile
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, hops, hops, hops)  # type: ignore[method-assign]
    return app
