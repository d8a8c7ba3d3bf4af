"""Where evidence is read by string: `python -m tests.catalog.evidence.string_reads` prints every place.

Followed are `.values` and `.key` of anything, what is taken out of them, and the names that either is given
inside one function.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.places import ROOT

ROOM = "catalog/evidence"


def sources() -> Iterator[Path]:
    """The modules of the three floors that stand outside the room of evidence."""
    for floor in ("catalog", "probes", "tui"):
        for path in sorted((ROOT / floor).rglob("*.py")):
            if not path.is_relative_to(ROOT / ROOM):
                yield path


def string_reads(source: str) -> list[int]:
    """The lines of a module that take something out of evidence by a literal name."""
    found: set[int] = set()
    for scope in _scopes(ast.parse(source)):
        names = _names(scope)
        for node in _own(scope):
            if _literal(node) and _is_stored(_base(node), names):
                found.add(node.lineno)  # type: ignore[attr-defined]
    return sorted(found)


def _scopes(tree: ast.Module) -> list[ast.AST]:
    return [tree, *(n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))]


def _own(scope: ast.AST) -> Iterator[ast.AST]:
    """What stands in a scope, functions inside it left out."""
    for child in ast.iter_child_nodes(scope):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield child
            yield from _own(child)


def _names(scope: ast.AST) -> set[str]:
    """Names that stand for values, for a key, or for a part of one; until no more are found."""
    bound: list[tuple[ast.expr, ast.expr]] = []
    for node in _own(scope):
        if isinstance(node, ast.Assign):
            bound += [(target, node.value) for target in node.targets]
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
            bound.append((node.target, node.value))
        elif isinstance(node, ast.For | ast.comprehension):
            bound.append((node.target, node.iter))
    pairs = [pair for target, value in bound for pair in _pairs(target, value)]
    names: set[str] = set()
    while more := {name for name, value in pairs if name not in names and _is_stored(value, names)}:
        names |= more
    return names


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for inner, part in zip(target.elts, value.elts, strict=False):
            yield from _pairs(inner, part)
    elif isinstance(target, ast.Name):
        yield target.id, value


def _is_stored(node: ast.expr | None, names: set[str]) -> bool:
    match node:
        case ast.Attribute(attr="values", value=ast.Name(id="progress")):
            return False  # the numbers of the moment in probes.jobs.events.Progress
        case ast.Attribute(attr="values" | "key"):
            return True
        case ast.Name(id=name):
            return name in names
        case ast.Subscript(value=inner):
            return _is_stored(inner, names)
        case ast.Call(func=ast.Attribute(attr="get", value=inner)):
            return _is_stored(inner, names)
        case ast.Call(func=ast.Name(id="dict" | "list"), args=[inner, *_]):
            return _is_stored(inner, names)
        case ast.BoolOp(values=parts):
            return any(_is_stored(part, names) for part in parts)
        case ast.IfExp(body=one, orelse=other):
            return _is_stored(one, names) or _is_stored(other, names)
    return False


def _literal(node: ast.AST) -> bool:
    """`x["name"]`, `x.get("name")` or `"name" in x`."""
    match node:
        case ast.Subscript(slice=ast.Constant(value=str()) | ast.JoinedStr()):
            return True
        case ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value=str()), *_]):
            return True
        case ast.Compare(left=ast.Constant(value=str()), ops=[ast.In() | ast.NotIn()]):
            return True
    return False


def _base(node: ast.AST) -> ast.expr | None:
    match node:
        case ast.Subscript(value=inner) | ast.Call(func=ast.Attribute(value=inner)):
            return inner
        case ast.Compare(comparators=[inner]):
            return inner
    return None


if __name__ == "__main__":
    places = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in sources()
        for line in string_reads(path.read_text("utf-8"))
    ]
    print("\n".join([*places, str(len(places))]))
