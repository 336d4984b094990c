"""Unguessable read-only links to finished jobs."""

import secrets

from jobs.blobs import BlobStore
from jobs.errors import Expired, IllegalMove, NotFound
from jobs.job import Job
from jobs.ledger import Ledger, read_job
from jobs.lua.scripts import milliseconds

#: Random bytes in a share token.
TOKEN_BYTES = 18


class Shares:
    """Publish a succeeded job under a token, find it by the token, take it back."""

    def __init__(self, ledger: Ledger, blobs: BlobStore) -> None:
        self._ledger = ledger
        self._blobs = blobs

    def share(self, job_id: str, user: str) -> Job:
        """Publish the user's job; `job.share` is its token, the same one when asked again.

        The job and its pictures are then kept for `share_retention_s`.

        Raises:
            NotFound: no such job.
            IllegalMove: the job has not succeeded.
        """
        job = self._run(job_id, user, secrets.token_urlsafe(TOKEN_BYTES))
        self._blobs.keep(job_id, self._ledger.settings.share_retention_s)
        return job

    def unshare(self, job_id: str, user: str) -> Job:
        """Take the link back; the job is kept for one more retention.

        Raises:
            NotFound: no such job.
        """
        return self._run(job_id, user, "")

    def find(self, token: str) -> Job:
        """Return the job behind a token, to anyone.

        Raises:
            NotFound: no such link, or its job is gone.
        """
        job_id = self._ledger.redis.get(f"{self._ledger.root}share:{token}")
        if not job_id:
            raise NotFound
        try:
            return self._ledger.get(str(job_id))
        except Expired:
            raise NotFound from None

    def _run(self, job_id: str, user: str, token: str) -> Job:
        settings = self._ledger.settings
        word, shown = self._ledger.run(
            "share",
            id=job_id,
            user=user,
            token=token,
            retention_ms=self._ledger.retention_ms,
            share_ms=milliseconds(settings.share_retention_s),
        )
        if word == "unknown":
            raise NotFound
        if word == "unready":
            raise IllegalMove("unfinished", "shared")
        return read_job(shown)
