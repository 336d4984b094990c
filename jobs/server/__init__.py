"""The Redis-compatible server: how it is reached, and what Celery carries through it."""
