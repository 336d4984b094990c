"""A worker of the next release: `python -m tests.integration.newer` reads newer records."""

from jobs import Ledger

Ledger.record_version += 1

from worker.app import main  # noqa: E402

if __name__ == "__main__":
    main()
