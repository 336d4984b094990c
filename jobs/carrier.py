"""Celery's own tools on our messages: `celery -A jobs.carrier inspect ping`, `... flower`."""

from jobs.settings import load_settings
from jobs.ticks import celery_app

app = celery_app(load_settings())
