"""The usual way, to compare with: Flask, and one Celery task per job that carries its picture.

    celery -A bench.service.plain worker --pool prefork -c 1
    gunicorn "bench.service.plain:web()"

Acknowledged early, results in Redis, status from AsyncResult: what most tutorials build.
"""

import base64
import io
import os
import uuid
from typing import Any

import numpy as np
from celery import Celery
from celery.result import AsyncResult
from flask import Flask, Response, jsonify, request
from PIL import Image

from bench.painters import sleeper
from jobs.settings import load_settings

_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")
app = Celery("plain", broker=_URL, backend=_URL)
app.conf.update(
    task_serializer="json", accept_content=["json"], result_expires=3600, worker_pool="prefork"
)
_painter = sleeper("plain", load_settings())


@app.task(name="plain.paint")  # type: ignore[untyped-decorator]
def paint(label_map: str) -> str:
    """Paint one label map (base64 PNG) and return the picture (base64 PNG)."""
    with Image.open(io.BytesIO(base64.b64decode(label_map))) as picture:
        labels = np.asarray(picture, dtype=np.uint8)
    pixels = _painter.paint([labels], seeds=[0], style=[None], borders=["drawn"], look=[None])[0]
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", compress_level=1)
    return base64.b64encode(out.getvalue()).decode()


def web() -> Flask:
    """Build the plain web service: POST /jobs, GET /jobs/ID."""
    flask = Flask(__name__)

    @flask.post("/jobs")
    def submit() -> tuple[Response, int]:
        label_map = base64.b64encode(request.files["label_map"].read()).decode()
        job_id = str(uuid.uuid4())
        paint.apply_async([label_map], task_id=job_id)
        return jsonify(id=job_id), 202

    @flask.get("/jobs/<job_id>")
    def look(job_id: str) -> Response:
        found: Any = AsyncResult(job_id, app=app)
        return jsonify(status=found.status)

    return flask
