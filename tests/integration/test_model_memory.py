"""Several models in one real worker, with memory for fewer: each is there when its jobs come."""

from pathlib import Path

import pytest

from spade import load_painter
from spade.model.architecture import Architecture
from tests.integration.conftest import Stage
from tests.spade.tiny import save_tiny
from tests.waiting import until

MODELS = ("one", "two", "three")
SIZE, SKY = (64, 64), 156


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save three models of one size."""
    folder = tmp_path_factory.mktemp("checkpoints")
    for seed, name in enumerate(MODELS):
        save_tiny(folder / name, Architecture(18, ngf=4, crop_size=64), seed=seed)
    return folder


def held(stage: Stage, models: tuple[str, ...] = MODELS) -> dict[str, int]:
    """Return the models that the worker has loaded, with their bytes, as the register says."""
    (worker,) = stage.ledger.workers.living()
    assert worker.models == models
    return worker.loaded


def test_three_models_with_memory_for_two_lose_no_job(stage: Stage, checkpoints: Path) -> None:
    """Jobs for all in turn succeed at the first attempt, and the weights stay under the limit."""
    size_bytes = load_painter(checkpoints / "one").weight_bytes
    limit_bytes = int(2.9 * size_bytes)
    worker = stage.worker(
        DOODLESCAPE_PAINTER="",
        CHECKPOINTS_DIR=str(checkpoints),
        DEVICE="cpu",
        MODEL=",".join(MODELS),
        MODEL_MEMORY=str(limit_bytes),
        HEARTBEAT="1",
    )
    assert set(held(stage)) == {"one", "two"}, "what fits is warm before the first job"

    jobs = [
        stage.submit(f"u{n}", SKY, SIZE, model=MODELS[n % 3], seed=n, count=1 + n % 2)
        for n in range(18)
    ]
    bytes_seen: list[int] = []

    def are_done() -> bool:
        bytes_seen.append(sum(held(stage).values()))
        return not any(stage.ledger.get(job.id).live for job in jobs)

    until(are_done, what="jobs of three models")
    for model in MODELS:
        jobs += stage.finish([stage.submit("last", SKY, SIZE, model=model)])
        until(lambda model=model: model in held(stage), what=f"{model} in a heartbeat")  # type: ignore[misc]
        bytes_seen.append(sum(held(stage).values()))

    done = [stage.ledger.get(job.id) for job in jobs]
    assert {(job.status, job.attempt) for job in done} == {("succeeded", 1)}
    assert [len(job.images) for job in done] == [job.count for job in jobs]
    assert size_bytes < max(bytes_seen) <= limit_bytes
    assert worker.log.read_text().count("model unloaded") >= 3
    assert worker.process.poll() is None


def test_a_slow_load_is_no_dead_worker(stage: Stage) -> None:
    """While a model loads for longer than a lease, heartbeats go on and its job stays claimed."""
    stage.worker(
        DOODLESCAPE_PAINTER="tests.painters:slow_to_load",
        MODEL="one,two",
        MODEL_MEMORY="1",
        LOAD_S="7",
        LEASE="5",  # a busy machine may stop a worker for longer than a short one
        HEARTBEAT="0.5",
    )
    assert set(held(stage, ("one", "two"))) == {"one"}
    jobs = [stage.submit(f"u{n}", model=("one", "two")[n % 2]) for n in range(4)]
    assert stage.ledger.forecasts.eta(jobs[1]).seconds > 2.0  # type: ignore[operator]

    until(lambda: stage.alive("w1") and stage.status(jobs[1]) == "running")
    done = stage.finish(jobs)

    assert {(job.status, job.attempt) for job in done} == {("succeeded", 1)}
    assert stage.alive("w1")


def test_further_models_are_loaded_while_jobs_are_accepted(stage: Stage, tmp_path: Path) -> None:
    """A worker is there with its first model; what is wrong with another is told, and ends it."""
    now = tmp_path / "now"
    worker = stage.worker(
        DOODLESCAPE_PAINTER="tests.painters:broken_two", MODEL="one,two", BREAK_TWO=str(now)
    )
    assert set(held(stage, ("one", "two"))) == {"one"}
    job = stage.submit(model="one")

    now.touch()

    assert worker.process.wait(60) == 78
    assert "cannot start" in worker.log.read_text()
    assert "Traceback" not in worker.log.read_text()
    assert not stage.alive("w1"), "it took itself off the register"
    stage.worker("w2", MODEL="one")
    (done,) = stage.finish([job])
    assert (done.status, done.attempt) == ("succeeded", 1)


def test_further_models_are_warm_in_a_moment(stage: Stage) -> None:
    """Every model is loaded and measured without a job for it."""
    stage.worker(DOODLESCAPE_PAINTER="bench.painters:idle", MODEL="one,two", HEARTBEAT="3600")

    def are_measured() -> bool:
        (worker,) = stage.ledger.workers.living()
        return set(worker.loaded) == {"one", "two"} and worker.speeds["two"].item_s < 1.0

    until(are_measured, what="both models loaded, long before the next heartbeat")
