"""What the gateway counts, for /metrics."""

from __future__ import annotations

from prometheus_client import Counter, Histogram

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

REQUEST_SECONDS = Histogram(
    "yizhan_http_request_seconds",
    "Time from a request's head to the end of its answer. route: the template of the address.",
    ("method", "route", "status"),
    buckets=_SECONDS,
)
SIGN_INS_LIMITED = Counter(
    "yizhan_gateway_sign_ins_limited_total", "Sign-ins refused for their rate. by: address or login.", ("by",)
)
UPLOADS_LIMITED = Counter("yizhan_gateway_uploads_limited_total", "Uploads refused for their rate.")
FILES_SWEPT = Counter("yizhan_gateway_files_swept_total", "Uploads deleted that nothing was attached to.")
RATE_FALLBACKS = Counter(
    "yizhan_gateway_rate_fallbacks_total", "Rates counted in this process because Redis was away."
)
INTEGRATORS_LIMITED = Counter(
    "yizhan_gateway_integrators_limited_total", "Requests of integrators refused because there were too many."
)
