"""Security headers on every answer."""

from flask import Flask, Response

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' blob: data:",
        "connect-src 'self' blob:",
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


def install(app: Flask, *, secure: bool) -> None:
    """Add the headers; HSTS only where the service is known to be behind TLS."""
    headers = HEADERS | ({"Strict-Transport-Security": HSTS} if secure else {})

    @app.after_request
    def _add(response: Response) -> Response:
        response.headers.extend(headers)
        return response
