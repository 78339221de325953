"""The pages that are made from the code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from yizhan.cli import asyncapi
from yizhan.cli.docs import PAGES, docs, errors_text
from yizhan.contracts.catalog import EVENTS
from yizhan.contracts.errors import RequestInvalid


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return asyncapi.document()


def references(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*map(references, node.values())) if node else own
    if isinstance(node, list):
        return set().union(*map(references, node)) if node else set()
    return set()


def resolve(document: dict[str, Any], reference: str) -> Any:
    node: Any = document
    for step in reference.removeprefix("#/").split("/"):
        node = node[step]
    return node


def test_every_event_has_a_channel_an_operation_and_a_message(document: dict[str, Any]) -> None:
    """Nothing of the catalogue is left out, and each is found under its type."""
    types = {message["name"] for message in document["components"]["messages"].values()}
    assert types == set(EVENTS)
    assert len(document["channels"]) == len(document["operations"]) == len(EVENTS)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    """All of them inside the document."""
    found = references(document)
    assert found
    for reference in found:
        assert resolve(document, reference) is not None


def test_addresses_are_the_routing_keys(document: dict[str, Any]) -> None:
    """The type without its version, then the place."""
    assert (
        document["channels"]["PostingPublished"]["address"] == "jobs.posting.published.{division}.{station}"
    )


def test_payloads_are_the_envelope_with_their_own_facts(document: dict[str, Any]) -> None:
    """A reader sees which type it is, and what is in its data."""
    schema = document["components"]["schemas"]["PostingPublishedEvent"]
    assert schema["properties"]["type"]["const"] == "jobs.posting.published.v1"
    assert schema["properties"]["data"]["$ref"].endswith("/PostingPublished")
    assert "sequence" in schema["required"]


def test_no_schema_is_closed_to_additions(document: dict[str, Any]) -> None:
    """A consumer that generates its reader from this must survive an added field."""
    for name, schema in document["components"]["schemas"].items():
        assert "additionalProperties" not in schema, name


def test_no_page_names_a_machine() -> None:
    """No host of the machine on which they were made."""
    for make in PAGES.values():
        text = make()
        assert "127.0.0.1" not in text
        assert "localhost" not in text


def test_every_error_is_listed_with_its_status() -> None:
    """By its stable code."""
    row = next(line for line in errors_text().splitlines() if f"`{RequestInvalid.code}`" in line)
    assert "422" in row
    assert "RequestInvalid" not in row


def test_fresh_pages_pass_the_check_and_stale_ones_fail_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The check names what is stale and changes nothing."""
    with pytest.raises(typer.Exit):
        docs(check=True, folder=tmp_path / "docs")
    docs(check=False, folder=tmp_path / "docs")
    docs(check=True, folder=tmp_path / "docs")
    page = tmp_path / "docs" / "errors.md"
    page.write_text("old")
    capsys.readouterr()
    with pytest.raises(typer.Exit):
        docs(check=True, folder=tmp_path / "docs")
    assert "errors.md" in capsys.readouterr().err
    assert page.read_text() == "old"


def test_the_asyncapi_page_is_yaml_of_the_document(document: dict[str, Any]) -> None:
    """What is written is what was made."""
    assert yaml.safe_load(PAGES["asyncapi.yaml"]()) == document
