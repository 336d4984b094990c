"""Teach schemathesis what a picture is; loaded by its command line in test_openapi.py."""

import base64

import schemathesis
from hypothesis import strategies as st

from tests.api.conftest import doodle, label_map

PICTURES = st.sampled_from([label_map(), label_map(96, 64), doodle()])

schemathesis.openapi.media_type("image/png", PICTURES)
schemathesis.openapi.format("binary", PICTURES)
schemathesis.openapi.format("byte", PICTURES.map(lambda data: base64.b64encode(data).decode()))
