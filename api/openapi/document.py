"""The OpenAPI 3.1 document, put together from what stands beside each handler.

A handler says with `@operation` what pydantic models it reads and writes and which errors it may
answer; paths come from the routes, statuses of errors from the table in `api/problems.py`.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask import Flask
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from werkzeug.routing import Rule

from api.errors import MEDIA_TYPE
from api.openapi.operation import Answer, Operation, Schema
from api.problems import PROBLEMS
from api.schemas.problem import ProblemView

REF = "#/components/schemas/{model}"
PNG = {"contentMediaType": "image/png"}
EVERYWHERE = ("internal", "malformed-request", "bad-key", "host-refused")
LIMITED = ("rate-limited", "store-unavailable", "store-full")


def build(app: Flask) -> dict[str, Any]:
    """Build the document for all handlers of the application that carry an operation."""
    found = [
        (rule, getattr(handler, "operation"), handler)  # noqa: B009 - set by the decorator
        for rule in app.url_map.iter_rules()
        if hasattr(handler := app.view_functions[rule.endpoint], "operation")
    ]
    settings = app.extensions["doodlescape"].settings
    most = {
        "count": settings.max_count,
        "number": settings.max_count - 1,
        "wait": settings.longest_wait_s,
    }
    paths: dict[str, dict[str, Any]] = {}
    for rule, spec, handler in found:
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            paths.setdefault(path, {})[method.lower()] = _operation(rule, spec, handler, most)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Doodlescape",
            "version": "1",
            "summary": "Doodles in, photos out.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": _schemas(spec for _, spec, _ in found),
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "An API key."},
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "doodlescape",
                    "description": "The signed anonymous session that a browser gets.",
                },
            },
        },
    }


def _operation(
    rule: Rule, spec: Operation, handler: Callable[..., Any], most: Mapping[str, float]
) -> Schema:
    """Describe an operation; `most` are the maxima that settings give, by the field's name."""
    summary, _, description = (handler.__doc__ or "").strip().partition("\n")
    limited = () if spec.public else LIMITED
    out: Schema = {
        "operationId": rule.endpoint.replace(".", "_"),
        "tags": [spec.tag],
        "summary": summary.rstrip("."),
        "description": re.sub(r"\n\s+", "\n", description).strip(),
        "parameters": [*_path_parameters(rule, most), *_parameters(spec, most)],
        "responses": {
            **{str(status): _answer(answer) for status, answer in spec.answers.items()},
            **_problems((*spec.errors, *EVERYWHERE, *limited)),
        },
        "security": [] if spec.public else [{}, {"key": []}, {"session": []}],
    }
    if spec.body is not None:
        out["requestBody"] = _body(spec, most)
    return out


_PATH_SCHEMAS: dict[str, Schema] = {
    "job_id": {"type": "string", "format": "uuid"},
    "number": {"type": "integer", "minimum": 0},
    "name": {"type": "string", "maxLength": 64},
    "token": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
}


def _bounded(name: str, schema: Schema, most: Mapping[str, float]) -> Schema:
    return {**schema, "maximum": most[name]} if name in most else schema


def _path_parameters(rule: Rule, most: Mapping[str, float]) -> list[Schema]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": _bounded(name, _PATH_SCHEMAS[name], most),
        }
        for name in sorted(rule.arguments)
    ]


def _parameters(spec: Operation, most: Mapping[str, float]) -> Iterable[Schema]:
    if spec.query is not None:
        for name, schema in spec.query.model_json_schema()["properties"].items():
            described = {"description": text} if (text := schema.pop("description", "")) else {}
            bare = _bounded(name, _without_null(schema), most)
            yield {"name": name, "in": "query", "schema": bare, **described}
    for name, schema in spec.headers.items():
        text = schema.get("description", "")
        bare = {key: value for key, value in schema.items() if key != "description"}
        yield {"name": name, "in": "header", "schema": bare, "description": text}


def _without_null(schema: Schema) -> Schema:
    """Drop the null variant: a query parameter or form field is there or not, never null."""
    kinds = [kind for kind in schema.get("anyOf", []) if kind.get("type") != "null"]
    rest = {key: value for key, value in schema.items() if key not in ("anyOf", "title")}
    if rest.get("default", 0) is None:
        del rest["default"]
    if "enum" in rest:
        rest["enum"] = [value for value in rest["enum"] if value is not None]
    return {**kinds[0], **rest} if len(kinds) == 1 else {**schema}


def _body(spec: Operation, most: Mapping[str, float]) -> Schema:
    assert spec.body is not None
    properties = spec.body.model_json_schema(ref_template=REF)["properties"]
    plain = {name: _bounded(name, schema, most) for name, schema in properties.items()}
    fields = {name: _without_null(schema) for name, schema in plain.items()}
    return {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": _body_schema(spec, fields, {**PNG, "format": "binary"}),
                "encoding": {name: {"contentType": "image/png"} for name in spec.files},
            },
            "application/json": {
                "schema": _body_schema(
                    spec,
                    plain,
                    {
                        **PNG,
                        "type": ["string", "null"],  # null is as good as leaving it out
                        "contentEncoding": "base64",
                        "format": "byte",
                        "minLength": 4,
                    },
                )
            },
        },
    }


def _body_schema(spec: Operation, fields: Schema, content: Schema) -> Schema:
    files = {
        name: {"type": "string", "description": text, **content}
        for name, text in spec.files.items()
    }
    choices = [
        {"required": list(names), "properties": {name: {"type": "string"} for name in names}}
        for names in spec.required_files
    ]
    return {
        "type": "object",
        "properties": {**files, **fields},
        "additionalProperties": False,
        "oneOf": choices,
    }


def _answer(answer: Answer) -> Schema:
    out: Schema = {"description": answer.description}
    if answer.model is not None:
        out["content"] = {"application/json": {"schema": _ref(answer.model)}}
    elif answer.media_types:
        out["content"] = {kind: {"schema": {}} for kind in answer.media_types}
    if answer.headers:
        out["headers"] = {
            name: {"description": text, "schema": {"type": "string"}}
            for name, text in answer.headers.items()
        }
    if answer.links:
        out["links"] = {
            target: {"operationId": target, "parameters": parameters}
            for target, parameters in answer.links.items()
        }
    return out


def _problems(codes: Iterable[str]) -> dict[str, Schema]:
    by_status: dict[int, list[str]] = {}
    for code in sorted(set(codes)):
        by_status.setdefault(PROBLEMS[code].status, []).append(code)
    return {
        str(status): {
            "description": "Codes: " + ", ".join(f"`{code}`" for code in names),
            "content": {MEDIA_TYPE: {"schema": _ref(ProblemView)}},
        }
        for status, names in sorted(by_status.items())
    }


def _ref(model: type[BaseModel]) -> Schema:
    return {"$ref": REF.format(model=model.__name__)}


def _schemas(specs: Iterable[Operation]) -> dict[str, Schema]:
    models = {answer.model for spec in specs for answer in spec.answers.values() if answer.model}
    wanted = sorted(models | {ProblemView}, key=lambda model: model.__name__)
    _, schema = models_json_schema([(model, "serialization") for model in wanted], ref_template=REF)
    return dict(schema["$defs"])
