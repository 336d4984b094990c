"""Everything the job service refuses, as exceptions that carry what an answer needs.

JobError
|-- NotFound         never existed, or belongs to someone else
|-- Expired          existed, its record is gone
|-- IdTaken          the client's id names somebody else's job
|-- RequestMismatch  same id or Idempotency-Key, other request
|-- KeyInFlight      same Idempotency-Key, first request still being read
|-- QuotaExceeded    the caller's own limit
|-- QueueFull        everyone's limit
|-- RateLimited      asked too often (jobs.rates)
`-- IllegalMove      the table of moves has no such move
"""


class JobError(Exception):
    """Stand at the root of everything the job service refuses."""


class NotFound(JobError):
    """No such job for this caller."""


class Expired(JobError):
    """The job existed and its record has been dropped."""


class IdTaken(JobError):
    """The id that the client chose belongs to another user's job."""


class RequestMismatch(JobError):
    """The id or Idempotency-Key was used before with a different request."""


class KeyInFlight(JobError):
    """A first request with this Idempotency-Key has not been answered yet."""


class QuotaExceeded(JobError):
    """The caller's own limit is reached.

    `kind` is queued, live or address, of jobs, or pixels or address-pixels; `limit` the limit;
    `retry_after_s` when to try again.
    """

    def __init__(self, kind: str, limit: int, retry_after_s: float) -> None:
        super().__init__(f"{kind} limit of {limit} is reached")
        self.kind = kind
        self.limit = limit
        self.retry_after_s = retry_after_s


class QueueFull(JobError):
    """The whole service holds as many queued jobs as it may."""

    def __init__(self, limit: int, retry_after_s: float) -> None:
        super().__init__(f"the queue holds its limit of {limit} jobs")
        self.limit = limit
        self.retry_after_s = retry_after_s


class IllegalMove(JobError):
    """The job is in a status from which this move does not exist."""

    def __init__(self, status: str, to: str) -> None:
        super().__init__(f"a {status} job cannot become {to}")
        self.status = status
        self.to = to
