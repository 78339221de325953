"""The error tree: every refusal has a stable code, an HTTP status, a sentence and its evidence.

An error travels as a `Problem` (RFC 9457) over RPC and HTTP alike. `docs/errors.md` is generated from
the classes here and in the modules of the services' contracts: a class's docstring is its description.
"""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field


class FieldFault(BaseModel):
    """One field that is not as it should be. `pointer`: RFC 6901 into the request's body."""

    model_config = ConfigDict(frozen=True)

    pointer: str
    code: str
    detail: str


class Problem(BaseModel):
    """RFC 9457 problem details, with our stable `code` and the error's evidence as extension members."""

    model_config = ConfigDict(frozen=True)

    type: str = Field(description="urn:yizhan:problem:<code>")
    title: str
    status: int = Field(ge=400, le=599)
    code: str
    detail: str
    evidence: dict[str, Any] = Field(default_factory=dict)
    errors: list[FieldFault] = Field(default_factory=list)


class YizhanError(Exception):
    """The root of the tree; never raised itself."""

    code: ClassVar[str] = ""
    status: ClassVar[int] = 500
    #: Whether the same request may succeed later without being changed.
    retryable: ClassVar[bool] = False

    def __init__(self, detail: str, *, faults: tuple[FieldFault, ...] = (), **evidence: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.faults = faults
        self.evidence = evidence

    @classmethod
    def title(cls) -> str:
        """The first line of the class's docstring without its full stop."""
        return (cls.__doc__ or cls.__name__).strip().splitlines()[0].rstrip(".")

    def to_problem(self) -> Problem:
        """This error as it travels."""
        return Problem(
            type=f"urn:yizhan:problem:{self.code}",
            title=self.title(),
            status=self.status,
            code=self.code,
            detail=self.detail,
            evidence=self.evidence,
            errors=list(self.faults),
        )


def all_errors() -> dict[str, type[YizhanError]]:
    """Every error class that has a code, by code. Raises ValueError when two share one."""
    found: dict[str, type[YizhanError]] = {}
    waiting = [YizhanError]
    while waiting:
        cls = waiting.pop()
        waiting.extend(cls.__subclasses__())
        if not cls.code or "code" not in cls.__dict__:
            continue
        if cls.code in found and found[cls.code] is not cls:
            raise ValueError(f"two errors share the code {cls.code}")
        found[cls.code] = cls
    return dict(sorted(found.items()))


class RemoteProblem(YizhanError):
    """A problem that another process answered, carried on as it is."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail, faults=tuple(problem.errors), **problem.evidence)
        self.problem = problem

    def to_problem(self) -> Problem:
        return self.problem


class RequestInvalid(YizhanError):
    """The request is not of the shape that the contract gives."""

    code = "request.invalid"
    status = 422


class RequestNotJson(YizhanError):
    """The body is not valid JSON."""

    code = "request.not_json"
    status = 400


class RequestTooLarge(YizhanError):
    """The body is larger than this route takes."""

    code = "request.too_large"
    status = 413


class RouteNotFound(YizhanError):
    """No such address."""

    code = "request.route_not_found"
    status = 404


class MethodNotAllowed(YizhanError):
    """This address does not take this method."""

    code = "request.method_not_allowed"
    status = 405


class IdempotencyKeyInvalid(YizhanError):
    """An Idempotency-Key has 8 to 128 visible ASCII characters."""

    code = "request.idempotency_key_invalid"
    status = 400


class IdempotencyKeyReused(YizhanError):
    """The same Idempotency-Key came before, to the same service, with another body or command."""

    code = "request.idempotency_key_reused"
    status = 422


class RequestTooSlow(YizhanError):
    """The body did not arrive in time; `limit_seconds` tells how long it is waited for."""

    code = "request.too_slow"
    status = 408
    retryable = True


class TooManyRequests(YizhanError):
    """The caller is over his rate; `retry_after_seconds` tells when to try again."""

    code = "request.too_many"
    status = 429
    retryable = True


class SignInRequired(YizhanError):
    """The request has no session."""

    code = "auth.sign_in_required"
    status = 401


class SessionInvalid(YizhanError):
    """The session's token is forged, damaged or of another system."""

    code = "auth.session_invalid"
    status = 401


class SessionExpired(YizhanError):
    """The session has ended; sign in again."""

    code = "auth.session_expired"
    status = 401


class CsrfRefused(YizhanError):
    """A command by a console session came without its X-CSRF-Token, with another's, or from another site."""

    code = "auth.csrf_refused"
    status = 403


class CredentialsRefused(YizhanError):
    """Login or password is wrong, or the account is closed; which of them is not said."""

    code = "auth.credentials_refused"
    status = 401


class NotAllowed(YizhanError):
    """The caller's role does not allow this."""

    code = "auth.not_allowed"
    status = 403


class OutsideScope(YizhanError):
    """The row belongs to a station outside the caller's scope."""

    code = "auth.outside_scope"
    status = 403


class ServiceUnavailable(YizhanError):
    """A process behind the gateway is away.

    Nothing is known to have been done. Safe to retry with the same Idempotency-Key.
    """

    code = "service.unavailable"
    status = 503
    retryable = True


class ServiceTimeout(YizhanError):
    """A process behind the gateway did not answer in time.

    The command may have been done. Retry with the same Idempotency-Key to learn its outcome.
    """

    code = "service.timeout"
    status = 504
    retryable = True


class InternalFault(YizhanError):
    """A defect of ours; the correlation id finds it in the logs."""

    code = "service.internal_fault"
    status = 500
