"""For Celery's own tools: `celery -A jobs.server.celery_app inspect ping`, `... flower`."""

from jobs.server.ticks import celery_app
from jobs.setting_errors import settings_or_exit

app = celery_app(settings_or_exit())
