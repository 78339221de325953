"""`yizhan docs`: writes the pages that are made from the code, or checks that they are fresh."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from yizhan.contracts.catalog import EVENTS
from yizhan.contracts.errors import YizhanError, all_errors
from yizhan.contracts.schemas import wire_schema

#: The schemas of released events, as the tests hold them to be kept.
_FROZEN = Path("tests/contract/frozen")


def docs(
    check: Annotated[
        bool, typer.Option("--check", help="不写文件，只检查是否最新；过期时退出码为 1")
    ] = False,
    freeze: Annotated[
        bool, typer.Option("--freeze", help="冻结新事件的结构：此后只可增加可选字段；已冻结的不动")
    ] = False,
    folder: Annotated[Path, typer.Option(help="文档目录")] = Path("docs"),
) -> None:
    """由代码生成 docs/openapi.json、asyncapi.yaml、errors.md、metrics.md、schemas，asyncapi.html。"""
    if freeze:
        _freeze_new_events(_FROZEN)
    stale = []
    for name, make in pages().items():
        path = folder / name
        text = make()
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(str(path))
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    if not check:
        # Large, and nothing but what asyncapi.yaml says: made for reading, and not kept.
        (folder / "asyncapi.html").write_text(asyncapi_page(), encoding="utf-8")
    if not stale:
        typer.echo("文档已是最新")
    elif check:
        typer.secho(f"已过期：{'、'.join(stale)}。运行 ./run docs 重新生成", err=True, fg="red")
        raise typer.Exit(1)
    else:
        typer.echo(f"已写入 {'、'.join(stale)}")


def _freeze_new_events(folder: Path) -> None:
    """Write the schema of each event that has none yet; what is frozen stays as it was released."""
    for event_type in EVENTS:
        path = folder / f"{event_type}.json"
        if not path.exists():
            schema = json.dumps(wire_schema(event_type), indent=1, sort_keys=True, ensure_ascii=False)
            path.write_text(schema + "\n", encoding="utf-8")
            typer.echo(f"已冻结 {event_type}")


@cache
def openapi_text() -> str:
    """docs/openapi.json; the code does not change while a process runs."""
    from gateway import openapi

    return json.dumps(openapi.document(), ensure_ascii=False, indent=2) + "\n"


@cache
def asyncapi_text() -> str:
    """docs/asyncapi.yaml; as above."""
    from yizhan.cli import asyncapi

    head = "# Made from yizhan/contracts by ./run docs; edit there.\n"
    return head + yaml.dump(
        asyncapi.document(), Dumper=_Plain, allow_unicode=True, sort_keys=False, width=110
    )


def errors_text() -> str:
    """docs/errors.md: every error code with its status and what it means."""
    _import_error_modules()
    lines = [
        "# Errors",
        "",
        "Made from the code by `./run docs`; edit there. Every refusal, over HTTP and RPC alike, is a",
        "problem (RFC 9457, `application/problem+json`) with a stable `code`. Decide by the code; titles and",
        "details are for people. *Retry*: the same request may succeed later without being changed.",
        "",
        "| code | HTTP | retry | meaning |",
        "| --- | --- | --- | --- |",
    ]
    lines += [_error_row(code, cls) for code, cls in all_errors().items()]
    return "\n".join(lines) + "\n"


def metrics_text() -> str:
    """docs/metrics.md."""
    from yizhan.cli import metrics_doc

    return metrics_doc.document()


def _error_row(code: str, cls: type[YizhanError]) -> str:
    meaning = " ".join((inspect.getdoc(cls) or "").split()).replace("|", "\\|")
    return f"| `{code}` | {cls.status} | {'yes' if cls.retryable else 'no'} | {meaning} |"


def _import_error_modules() -> None:
    """all_errors() knows the classes that have been imported; import every one there is."""
    contracts = importlib.import_module("yizhan.contracts")
    for module in pkgutil.iter_modules(contracts.__path__, "yizhan.contracts."):
        importlib.import_module(module.name)
    # The gateway has refusals of its own, which no service shares.
    importlib.import_module("gateway.app")


class _Plain(yaml.SafeDumper):
    """Writes what occurs twice twice: anchors would be noise for a reader."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


def asyncapi_page() -> str:
    """docs/asyncapi.html."""
    from yizhan.cli import asyncapi_html

    return asyncapi_html.page()


def schema_text(event_type: str) -> str:
    """docs/schemas/<type>.json: one event as an integrator reads it, in one piece."""
    from yizhan.cli import asyncapi

    return json.dumps(asyncapi.event_schema(event_type), ensure_ascii=False, indent=1) + "\n"


def pages() -> Mapping[str, Callable[[], str]]:
    """Every page and what makes it."""
    schemas = {f"schemas/{name}.json": partial(schema_text, name) for name in EVENTS}
    return {**PAGES, **schemas}


PAGES: Mapping[str, Callable[[], str]] = {
    "openapi.json": openapi_text,
    "asyncapi.yaml": asyncapi_text,
    "errors.md": errors_text,
    "metrics.md": metrics_text,
}
