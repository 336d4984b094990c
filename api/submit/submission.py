"""One submit, from the request that was read to the job that is asked of the ledger."""

import hashlib
import secrets
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from api.catalogue import ModelCard
from api.hooks.identity import Caller
from api.schemas.jobs import JobOptions
from jobs.job import Kind, NewJob

#: Bytes by the name under which they are stored.
Blobs = dict[str, bytes]
# Fields that the first release did not have: a request that it has taken is still the same one.
LATER_FIELDS = frozenset({"borders", "look", "prompt", "layout_only", "width", "height", "preview"})


@dataclass(frozen=True)
class Submission:
    """A request for a job, read but not yet checked against a model.

    `is_chosen` tells that the client chose the id, so that it may have been used before.
    `key` is its Idempotency-Key or ''.
    """

    caller: Caller
    job_id: str
    is_chosen: bool
    key: str
    options: JobOptions
    files: dict[str, bytes]

    @cached_property
    def fingerprint(self) -> str:
        """Digest of options and files, by which the same request is recognised when repeated.

        Boundaries and the order of parts do not count.
        """
        unsaid = {name for name in LATER_FIELDS if name not in self.options.model_fields_set}
        digest = hashlib.sha256(self.options.model_dump_json(exclude=unsaid).encode())
        for name in sorted(self.files):
            digest.update(f"\n{name} {len(self.files[name])}\n".encode())
            digest.update(self.files[name])
        return digest.hexdigest()

    def new_job(
        self,
        card: ModelCard,
        size: tuple[int, int],
        inputs: dict[str, bytes],
        *,
        kind: Kind = Kind.PAINT,
        seed: int = 0,
        params: dict[str, Any],
    ) -> tuple[NewJob, Blobs]:
        """Return the job of a checked submission, and the blobs to store before it is queued.

        Args:
            card: the model that it is for.
            size: (height, width) of what comes out.
            inputs: bytes by the parameter that will name them: `label_map` (see
                `jobs.blobs.packing`), `style_image` and `photo` (RGB PNG). Their names are fresh,
                so that a refused request overwrites nobody's.
            kind: what is done with them; jobs of two kinds never share a batch.
            seed: of the first picture.
            params: the job's other parameters.
        """
        mark = secrets.token_hex(4)
        names = {param: f"{param.replace('_', '-')}-{mark}" for param in inputs}
        job = NewJob(
            id=self.job_id,
            user=self.caller.user,
            model=card.name,
            size=size,
            count=self.options.count,
            seed=seed,
            params={**names, **params},
            fingerprint=self.fingerprint,
            address=self.caller.address,
            slot=self.options.slot or "",
            batch_key="" if kind is Kind.PAINT else kind.value,
            webhook_url=self.options.webhook_url or "",
            idempotency_key=self.key,
        )
        return job, {names[param]: data for param, data in inputs.items()}
