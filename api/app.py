"""The application factory; `api/server.py` serves what it makes."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from api import state
from api.front.shortcuts import Shortcuts
from api.hooks import (
    deferral,
    error_handlers,
    guard,
    headers,
    identity,
    limits,
    logs,
    metrics,
)
from api.routes import docs, events, health, images, imports, jobs, models, pages, shares, words
from jobs.settings import Settings, load_settings
from jobs.telemetry.spans import start_spans

BLUEPRINTS = (pages, docs, health, models, imports, jobs, images, words, events, shares)


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
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    app.extensions["doodlescape"] = service
    secure = settings.mode == "production"
    # Hooks run in this order before a request and in the opposite one after it.
    headers.install(app, secure=secure)
    logs.install(app)
    metrics.install(app)
    error_handlers.install(app)
    deferral.install(app)
    guard.install(app, settings)
    identity.install(app, settings.secret_key.get_secret_value(), secure=secure)
    limits.install(app, settings, service.ledger)
    for module in BLUEPRINTS:
        app.register_blueprint(module.blueprint)
    app.wsgi_app = Shortcuts(app, service, secure=secure)  # type: ignore[method-assign]
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, hops, hops, hops)  # type: ignore[method-assign]
    return app
