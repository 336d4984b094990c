"""For Celery's own tools: `celery -A jobs.server.celery_app inspect ping`, `... flower`."""

from jobs.server.ticks import celery_app
from jobs.settings import load_settings

app = celery_app(load_settings())
