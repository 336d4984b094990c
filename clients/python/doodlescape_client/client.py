"""The client: submit, follow, wait, cancel, save."""

import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self, Unpack
from urllib.parse import quote, urlencode

import urllib3

from doodlescape_client.connection import READ_S, Connection, read_object
from doodlescape_client.errors import ENDED, JobNotDone, StillWaiting
from doodlescape_client.job import Job, Options
from doodlescape_client.pictures import File, file_bytes, label_map_bytes

PREFIX = "/api/v1"
#: The longest that the service lets a poll wait, seconds.
LONG_POLL_S = 25.0


class Client:
    """Talk to one Doodlescape service as one user; threads may share it.

    `api_key` is what `python -m api keys create` printed; without one, the client is an anonymous
    session of its own, and its jobs are out of reach once the program ends. `patience_s` is for how
    long each request is repeated while the service is away, restarts or is full.
    """

    def __init__(self, url: str, api_key: str | None = None, *, patience_s: float = 60.0) -> None:
        self._connection = Connection(url, api_key, patience_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up; jobs go on."""
        self._connection.close()

    def models(self) -> list[dict[str, Any]]:
        """List the models, the default first, as GET /api/v1/models tells them."""
        answer = self._connection.request("GET", f"{PREFIX}/models")
        found: list[dict[str, Any]] = read_object(answer)["models"]
        return found

    def looks(self, model: str, preset: str | None = None) -> list[dict[str, Any]]:
        """List a model's looks, those of a preset only where one is named.

        Each has an `id`, `presets`, `scenes`, `colours`, and the `credit` of its photo.

        Raises:
            NotFound: no such model.
            InvalidRequest: no such preset.
        """
        query = f"?{urlencode({'preset': preset})}" if preset else ""
        path: str | None = f"{PREFIX}/models/{quote(model, safe='')}/looks{query}"
        found: list[dict[str, Any]] = []
        while path:
            page = read_object(self._connection.request("GET", path))
            found += page["looks"]
            path = page["next"]
        return found

    def submit(
        self,
        *,
        label_map: File | Any | None = None,
        doodle: File | None = None,
        photo: File | None = None,
        style_image: File | None = None,
        job_id: str | None = None,
        **options: Unpack[Options],
    ) -> Job:
        """Queue a picture and return its job; sending it twice makes one job.

        Give one of `label_map` (`[H, W] uint8` label ids as an array, or a PNG), `doodle` (a
        picture in the colours of `palette`) and `photo`, which is traced: the job then ends with
        a label map instead of pictures; or words, as the option `prompt`. Files are paths or
        bytes. `job_id` is a UUID of your own, for a program that may crash and repeat itself; by
        default a new one.

        Raises:
            Refused: the service says no; InvalidRequest is the one to expect.
            Unreachable: nobody answers.
            OSError: a file cannot be read.
            TypeError: an array is no label map.
        """
        files = {"doodle": doodle, "photo": photo, "style_image": style_image}
        form: dict[str, Any] = {
            name: (name, file_bytes(file)) for name, file in files.items() if file is not None
        }
        if label_map is not None:
            form["label_map"] = ("label_map", label_map_bytes(label_map))
        form |= {name: str(value) for name, value in options.items() if value is not None}
        body, kind = urllib3.encode_multipart_formdata(form)
        path = f"{PREFIX}/jobs/{job_id or uuid.uuid4()}"
        return self._job("PUT", path, body=body, headers={"Content-Type": kind})

    def look(self, job: Job | str) -> Job:
        """Read a job, or the job with an id, as it is now."""
        return self._job("GET", _path(job))

    def follow(self, job: Job | str, timeout_s: float | None = None) -> Iterator[Job]:
        """Yield the job at each news of it, until it has ended.

        Polls wait at the service, so there is no delay between a move and its news. When a poll
        is answered at once all the same, because too many wait or only the place in the queue has
        changed, the next one comes after as long as Retry-After says.

        Raises:
            StillWaiting: after `timeout_s` seconds.
        """
        deadline = time.monotonic() + timeout_s if timeout_s is not None else float("inf")
        seen = job if isinstance(job, Job) else self.look(job)
        yield seen
        while seen.live:
            asked, left_s = time.monotonic(), deadline - time.monotonic()
            if left_s <= 0:
                raise StillWaiting(seen)
            wait_s = min(LONG_POLL_S, left_s)
            news, retry_s = self._poll(seen, wait_s)
            if news is not None:
                yield news
            quick = time.monotonic() - asked < min(wait_s, retry_s)
            if (news is None or news.version == seen.version) and quick:
                time.sleep(min(retry_s, max(0.0, deadline - time.monotonic())))
            seen = news or seen

    def wait(self, job: Job | str, timeout_s: float | None = None) -> Job:
        """Wait until the job has succeeded, and return it with the addresses of what came out.

        Outages shorter than the client's patience are waited out.

        Raises:
            JobFailed, JobCancelled, JobExpired: it ended otherwise.
            StillWaiting: after `timeout_s` seconds.
        """
        *_, last = self.follow(job, timeout_s)
        if error := ENDED.get(last.status):
            raise error(last)
        return last

    def cancel(self, job: Job | str) -> Job:
        """Cancel a job and return it as it is now; a job that has ended stays as it is."""
        return self._job("DELETE", _path(job))

    def pictures(self, job: Job) -> list[bytes]:
        """Fetch the pictures of a job that has succeeded, in the order of `job.images`."""
        return [self._connection.request("GET", image.url).data for image in job.images]

    def label_map(self, job: Job) -> bytes:
        """Fetch the label map of a job, as an 8-bit PNG of label ids.

        Raises:
            JobNotDone: a photo has not been traced, or words have not been composed.
        """
        if job.label_map_url is None:
            raise ENDED.get(job.status, JobNotDone)(job)
        return self._connection.request("GET", job.label_map_url).data

    def understood(self, job: Job) -> dict[str, Any]:
        """Fetch what was understood of a job's prompt, and what was not.

        Raises:
            JobNotDone: the job has not succeeded, or has no prompt.
        """
        link = job.raw.get("understood")
        if link is None:
            raise ENDED.get(job.status, JobNotDone)(job)
        return read_object(self._connection.request("GET", link["url"]))

    def save(self, job: Job, path: str | Path) -> list[Path]:
        """Fetch and write the pictures of a job that has succeeded; return the paths.

        One picture goes to `path`, several to NAME-1, NAME-2, ...; without a suffix, `path` gets
        that of the job's format.

        Raises:
            JobNotDone: the job has no pictures.
        """
        if not job.images:
            raise ENDED.get(job.status, JobNotDone)(job)
        path = Path(path)
        path = path if path.suffix else path.with_suffix(f".{job.format}")
        paths = [path]
        if len(job.images) > 1:
            numbers = range(1, len(job.images) + 1)
            paths = [path.with_stem(f"{path.stem}-{number}") for number in numbers]
        for target, picture in zip(paths, self.pictures(job), strict=True):
            target.write_bytes(picture)
        return paths

    def _poll(self, seen: Job, wait_s: float) -> tuple[Job | None, float]:
        """Ask for news of a job; return it, if any, and the seconds of Retry-After."""
        path = _path(seen)
        answer = self._connection.request(
            "GET",
            f"{path}{'&' if '?' in path else '?'}wait={wait_s:.2f}",
            headers={"If-None-Match": seen.etag} if seen.etag else {},
            read_s=wait_s + READ_S,
        )
        retry_s = float(answer.headers.get("Retry-After", "1"))
        return (None if answer.status == 304 else _read(answer)), retry_s

    def _job(self, method: str, path: str, **more: Any) -> Job:
        return _read(self._connection.request(method, path, **more))


def _read(answer: urllib3.BaseHTTPResponse) -> Job:
    return Job.read(read_object(answer), answer.headers.get("ETag", ""))


def _path(job: Job | str) -> str:
    return job.url if isinstance(job, Job) else f"{PREFIX}/jobs/{job}"
