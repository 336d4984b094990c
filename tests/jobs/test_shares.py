"""Links that anyone may open, and only while their owner wants it."""

from uuid import uuid4

import pytest

from jobs import Ledger, NewJob, Settings, open_blobs
from jobs.claims import Claims
from jobs.errors import IllegalMove, NotFound
from jobs.job import Job
from jobs.shares import Shares


@pytest.fixture
def shares(ledger: Ledger, settings: Settings) -> Shares:
    """Return shares on the ledger and its blobs."""
    return Shares(ledger, open_blobs(settings))


def painted(ledger: Ledger) -> Job:
    """Return a job that has succeeded."""
    ledger.submit(NewJob(id=str(uuid4()), user="ann", model="tiny", size=(32, 32)))
    (job,) = Claims(ledger).claim("w", ["tiny"], max_items=1, max_pixels=10**9).jobs
    Claims(ledger).complete(job, [])
    return ledger.get(job.id)


def test_a_shared_job_is_found_by_its_token_alone(ledger: Ledger, shares: Shares) -> None:
    """The token finds the job until it is taken back, and sharing lengthens its life."""
    job = painted(ledger)
    shared = shares.share(job.id, "ann")
    assert len(shared.share) >= 20
    assert shares.share(job.id, "ann").share == shared.share
    assert shares.find(shared.share).id == job.id
    assert (shared.expires_s or 0) > (job.expires_s or 0)

    assert shares.unshare(job.id, "ann").share == ""
    with pytest.raises(NotFound):
        shares.find(shared.share)


def test_sharing_never_shortens_a_life(ledger: Ledger, settings: Settings) -> None:
    """Where results are kept for longer than links are, a shared one keeps the longer life."""
    brief = settings.model_copy(update={"share_retention_s": 1.0})
    shares = Shares(Ledger(ledger.redis, brief), open_blobs(brief))
    job = painted(ledger)
    assert (shares.share(job.id, "ann").expires_s or 0) >= (job.expires_s or 0)


def test_only_its_owner_shares_a_finished_job(ledger: Ledger, shares: Shares) -> None:
    """Others find nothing to share, and an unfinished job cannot be shared."""
    job = painted(ledger)
    with pytest.raises(NotFound):
        shares.share(job.id, "bob")
    waiting = ledger.submit(NewJob(id=str(uuid4()), user="ann", model="tiny", size=(32, 32))).job
    with pytest.raises(IllegalMove):
        shares.share(waiting.id, "ann")
    with pytest.raises(NotFound):
        shares.find("no-such-token")


def test_deleting_a_users_data_breaks_the_links(ledger: Ledger, shares: Shares) -> None:
    """After `forget` a shared link leads nowhere."""
    token = shares.share(painted(ledger).id, "ann").share
    ledger.forget("ann")
    with pytest.raises(NotFound):
        shares.find(token)
