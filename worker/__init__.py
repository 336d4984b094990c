"""Hold the models and paint what the ledger gives out: `celery -A worker.app worker`.

Stands on `jobs` and `spade`; imports neither flask nor api.
"""
