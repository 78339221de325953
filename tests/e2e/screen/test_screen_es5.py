"""The page's scripts keep to ECMAScript 5, and the page stands on a real Chromium 64."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import esprima
import pytest

from services.board.view import difference
from tests.e2e.screen.fake_board import FakeBoard
from tests.e2e.screen.old_chromium import OldChromium, old_chromium
from tests.e2e.screen.page_server import PAGES, PageServer
from tests.e2e.screen.samples import CODE, STATION, with_day
from tests.support.eventually import eventually_async

SCRIPTS = sorted(PAGES.glob("*.js"))

#: The node types of ECMAScript 5.1; any other came later.
_ES5_NODES = frozenset(
    """
    Program Directive FunctionDeclaration FunctionExpression BlockStatement VariableDeclaration
    VariableDeclarator ExpressionStatement IfStatement ForStatement ForInStatement WhileStatement
    DoWhileStatement ReturnStatement BreakStatement ContinueStatement ThrowStatement TryStatement CatchClause
    SwitchStatement SwitchCase LabeledStatement EmptyStatement DebuggerStatement Identifier Literal
    ThisExpression ArrayExpression ObjectExpression Property UnaryExpression UpdateExpression BinaryExpression
    LogicalExpression AssignmentExpression ConditionalExpression CallExpression NewExpression
    MemberExpression SequenceExpression
    """.split()  # noqa: SIM905
)


def _nodes(node: Any) -> Iterator[Any]:
    if isinstance(node, list):
        for item in node:
            yield from _nodes(item)
    elif isinstance(node, esprima.nodes.Node):
        yield node
        for name, value in vars(node).items():
            if name not in {"range", "loc", "regex"}:
                yield from _nodes(value)


def newer_than_es5(source: str) -> list[str]:
    """What in a script an ECMAScript 5 engine would not parse, each with its line."""
    found = []
    for node in _nodes(esprima.parseScript(source, loc=True)):
        parameters = [parameter.type for parameter in getattr(node, "params", None) or []]
        newer = (
            node.type not in _ES5_NODES
            or (node.type == "VariableDeclaration" and node.kind != "var")
            or (node.type == "Property" and (node.shorthand or node.method or node.computed))
            or (node.type == "CatchClause" and node.param is None)
            or (node.type == "VariableDeclarator" and node.id.type != "Identifier")
            or (node.type == "BinaryExpression" and node.operator == "**")
            or any(kind != "Identifier" for kind in parameters)
            or getattr(node, "generator", False)
            or getattr(node, "isAsync", False)
        )
        if newer:
            found.append(f"line {node.loc.start.line}: {node.type}")
    return found


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_script_is_es5(script: Any) -> None:
    """An old WebView drops a whole script for one arrow function."""
    assert newer_than_es5(script.read_text()) == []


@pytest.mark.parametrize(
    "newer",
    [
        "const a = 1;",
        "var f = () => 1;",
        "var t = `x`;",
        "var o = {a};",
        "var o = {f() {}};",
        "var o = {[a]: 1};",
        "class A {}",
        "for (var x of []) {}",
        "function f(a = 1) {}",
        "function f(...a) {}",
        "var [a] = b;",
        "f(...a);",
        "function* g() {}",
        "async function g() {}",
        "var p = 2 ** 3;",
    ],
)
def test_newer_syntax_is_found(newer: str) -> None:
    """The check itself can fail."""
    assert newer_than_es5(newer)


def test_scripts_name_no_global_that_chromium_64_lacks() -> None:
    """Syntax is not all: these came later, and their first use would stop the page."""
    later = (
        "globalThis",
        "queueMicrotask",
        "structuredClone",
        "ResizeObserver",
        ".flat(",
        ".flatMap(",
        ".at(",
        "Object.fromEntries",
        ".matchAll(/",
        ".replaceAll(",
        "Promise.allSettled",
        ".finally(",
    )
    for script in SCRIPTS:
        text = script.read_text()
        assert [name for name in later if name in text] == []


@pytest.mark.e2e
@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920)])
async def test_page_stands_on_chromium_64(board: FakeBoard, pages: PageServer, size: tuple[int, int]) -> None:
    """The oldest browser that is promised draws the rows in full, acks them, and nothing throws."""
    binary = old_chromium()
    async with OldChromium.running(binary, size) as chromium:
        await chromium.open(f"{pages.url}/screen/{STATION}#code={CODE}")
        await eventually_async(lambda: bool(board.acks), within_seconds=60)
        rows = await chromium.evaluate(
            "Array.prototype.map.call(document.querySelectorAll('.row[data-row]'), function (row) {"
            " return [row.getAttribute('data-row'), row.getBoundingClientRect().height,"
            " row.querySelector('.start').getBoundingClientRect().right]; })"
        )
        ids = [row.id for row in board.state.rows]
        # Pages turn meanwhile where the first painting takes a while.
        first = ids.index(rows[0][0])
        assert [row[0] for row in rows] == ids[first : first + len(rows)]
        assert 6 <= len(rows) <= 10
        assert all(height >= 64 and right <= size[0] for _, height, right in rows)
        assert (
            await chromium.evaluate("document.querySelector('#screen').getAttribute('data-link')") == "live"
        )
        assert "64." in await chromium.evaluate("navigator.userAgent")
        await board.tell(*difference(board.state, with_day(board.state, board.clock.now())))
        panel = (
            "(function () { var box = document.querySelector('.day').getBoundingClientRect();"
            " return [document.querySelector('.day .now-number').textContent, box.width, box.height]; })()"
        )
        await eventually_async(lambda: _shows_number(chromium, panel), within_seconds=20)
        number, across, down = await chromium.evaluate(panel)
        assert number == "A017"
        # The frame is wider than the panel by the hourly shift.
        assert 300 <= across <= size[0] + 16
        assert 300 <= down <= size[1]
        assert chromium.exceptions == []


async def _shows_number(chromium: OldChromium, panel: str) -> bool:
    return bool((await chromium.evaluate(panel))[0])
