"""What a process is told from outside: environment variables, each of which may instead name a file.

`YIZHAN_BROKER_URL` gives a value; `YIZHAN_BROKER_URL_FILE` names a file that holds it, which is how secrets
come in under compose. One class for all processes; each reads what it needs.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr

#: The services that keep a database.
DATABASE_OWNERS = ("stations", "jobs", "seekers", "notify")

#: Offsets from the gateway's port, in the port plan of one machine.
PORT_OFFSETS = {
    "gateway": 0,
    "board": 1,
    "stations": 2,
    "jobs": 3,
    "relay": 4,
    "board-health": 5,
    "seekers": 6,
    "notify": 7,
    "courier": 8,
    "outlet": 9,
}

#: Printed at the demo's start; services/stations refuses it outside demo mode.
DEMO_PASSWORD = "lingong-yizhan"  # noqa: S105

_PREFIX = "YIZHAN_"


class SettingMissing(Exception):
    """A process was started without something that it cannot do without."""


class Settings(BaseModel):
    """Everything a process may be told.

    database_urls: SQLAlchemy URL per service. peers: health URL per process, asked by the gateway.
    board_public_url: the websocket address that pages are told; None derives it from the request's host.
    allowed_origins: origins whose pages may open a websocket; empty allows the gateway's own host only.
    health_port: where /healthz and /metrics of this process are served; None serves neither.
    session_key: signs staff sessions, at least 32 bytes; only the gateway needs it.
    field_keys: JSON with the keys that seal personal data (yizhan/encryption.py); the services that keep such
    data need it.
    files_dir: where uploaded files are kept, which must be there; None: `files` in the data directory, made
    when first needed. files_s3_bucket: keep them in this bucket instead. files_s3_endpoint: of a store that
    is not Amazon's, as in `https://minio.example.cn`. upload_*_bytes: the largest file of a kind that is
    taken.
    notify_outlets: JSON with the group bots and mailboxes of stations (services/notify/outlets.py).
    sms_sender: who sends text messages; `console` writes them to the log, in a demo only. sms_*: the account
    with the sender; sms_template_id names an approved template whose one parameter is the whole text.
    public_url: where people outside reach this installation, for links in messages.
    broker_management_url: of RabbitMQ's management API, with a user that may administer; None: integrators'
    users are made by rabbitmqctl where it can be had. webhook_internal_addresses: call webhooks without TLS
    and inside the house too, for trying things out. integrator_requests_per_minute: of one integrator.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    broker_url: str = "amqp://guest:guest@127.0.0.1:5672/"
    redis_url: str = "redis://127.0.0.1:6379/0"
    redis_prefix: str = "yizhan:"
    data_dir: Path = Path("data")
    database_urls: dict[str, str] = Field(default_factory=dict)
    session_key: SecretStr | None = None
    field_keys: SecretStr | None = None
    host: str = "127.0.0.1"
    gateway_port: int = Field(8600, ge=1, le=65535)
    board_port: int = Field(8601, ge=1, le=65535)
    health_port: int | None = Field(None, ge=1, le=65535)
    peers: dict[str, str] = Field(default_factory=dict)
    board_public_url: str | None = None
    allowed_origins: tuple[str, ...] = ()
    demo: bool = False
    files_dir: Path | None = None
    files_s3_bucket: str | None = None
    files_s3_endpoint: str | None = Field(None, pattern="^https?://[^/]+$")
    files_s3_region: str = "us-east-1"
    files_s3_key_id: SecretStr | None = None
    files_s3_secret: SecretStr | None = None
    upload_image_bytes: int = Field(10 * 1024 * 1024, ge=1)
    upload_pdf_bytes: int = Field(10 * 1024 * 1024, ge=1)
    upload_sheet_bytes: int = Field(10 * 1024 * 1024, ge=1)
    notify_outlets: SecretStr | None = None
    sms_sender: str = Field("none", pattern="^(none|console|tencent)$")
    sms_url: str = Field("https://sms.tencentcloudapi.com", pattern="^https?://[^/]+$")
    sms_app_id: str = ""
    sms_signature: str = ""
    sms_template_id: str = ""
    sms_key_id: SecretStr | None = None
    sms_secret: SecretStr | None = None
    public_url: str | None = Field(None, pattern="^https?://[^/]+$")
    broker_management_url: str | None = None
    webhook_internal_addresses: bool = False
    integrator_requests_per_minute: int = Field(600, ge=1)
    process_name: str = "yizhan"
    log_format: str = Field("console", pattern="^(console|json)$")
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$")

    def database_url(self, service: str) -> str:
        """Where a service keeps its rows; a SQLite file under the data directory unless told otherwise."""
        return self.database_urls.get(service) or f"sqlite:///{self.data_dir / service}.db"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read YIZHAN_*. Raises ValidationError naming the setting, OSError for an unreadable file."""
        given = _given(environment)
        urls = {
            owner: given[f"DATABASE_URL_{owner.upper()}"]
            for owner in DATABASE_OWNERS
            if given.get(f"DATABASE_URL_{owner.upper()}")
        }
        gateway_port = int(given.get("GATEWAY_PORT", "8600"))
        simple = {name: given[name.upper()] for name in _SIMPLE if name.upper() in given}
        return cls.model_validate(
            {
                **simple,
                "gateway_port": gateway_port,
                "board_port": int(given.get("BOARD_PORT", str(gateway_port + PORT_OFFSETS["board"]))),
                "database_urls": urls,
                "peers": _pairs(given.get("PEERS", "")),
                "allowed_origins": tuple(filter(None, given.get("ALLOWED_ORIGINS", "").split(","))),
            }
        )


_SIMPLE = (
    "broker_url",
    "redis_url",
    "redis_prefix",
    "data_dir",
    "session_key",
    "field_keys",
    "host",
    "health_port",
    "board_public_url",
    "demo",
    "files_dir",
    "files_s3_bucket",
    "files_s3_endpoint",
    "files_s3_region",
    "files_s3_key_id",
    "files_s3_secret",
    "upload_image_bytes",
    "upload_pdf_bytes",
    "upload_sheet_bytes",
    "notify_outlets",
    "sms_sender",
    "sms_url",
    "sms_app_id",
    "sms_signature",
    "sms_template_id",
    "sms_key_id",
    "sms_secret",
    "public_url",
    "broker_management_url",
    "webhook_internal_addresses",
    "integrator_requests_per_minute",
    "process_name",
    "log_format",
    "log_level",
)


def _given(environment: Mapping[str, str]) -> dict[str, str]:
    """YIZHAN_* without the prefix; a variable ending in _FILE is replaced by what the file holds."""
    given: dict[str, str] = {}
    for name, value in environment.items():
        if not name.startswith(_PREFIX) or not value:
            continue
        key = name.removeprefix(_PREFIX)
        if key.endswith("_FILE"):
            given[key.removesuffix("_FILE")] = Path(value).read_text(encoding="utf-8").strip()
        else:
            given.setdefault(key, value)
    return given


def _pairs(text: str) -> dict[str, str]:
    """`a=http://x,b=http://y` as a mapping."""
    pairs = (pair.partition("=") for pair in text.split(",") if pair.strip())
    return {name.strip(): value.strip() for name, _, value in pairs}
