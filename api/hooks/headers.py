"""Security headers on every answer."""

from flask import Flask, Response

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' blob: data:",
        "connect-src 'self' blob:",
        "worker-src 'self'",
        "manifest-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
HSTS = "max-age=31536000"


def security_headers(*, secure: bool) -> dict[str, str]:
    """Return the headers; HSTS only where the service is known to be behind TLS."""
    return HEADERS | ({"Strict-Transport-Security": HSTS} if secure else {})


def install(app: Flask, *, secure: bool) -> None:
    """Add the headers."""
    headers = security_headers(secure=secure)

    @app.after_request
    def _add(response: Response) -> Response:
        response.headers.extend(headers)
        return response
