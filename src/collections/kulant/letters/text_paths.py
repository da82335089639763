"""The ways a text with conditions can come out, without running it. Pure.

Whether a text may be sent must not depend on the letters somebody happened to try it with: a threat in a branch that
one letter in a thousand takes is a threat, and an amount that only some branches name is missing in the others. So the
tree of the text is looked at, every branch of it, whatever its condition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product

from jinja2 import nodes

MOST_WAYS = 64


def count_ways(tree: nodes.Template) -> int:
    """In how many ways the text's conditions combine."""
    return _count(tree.body)


def _count(body: Sequence[nodes.Node]) -> int:
    ways = 1
    for node in body:
        if isinstance(node, nodes.If):
            ways *= sum(_count(branch) for _, branch in _branches(node))
    return ways


def ways(tree: nodes.Template, values: Mapping[str, object]) -> list[str]:
    """Everything the text can say: each way its conditions combine, with these values for its variables."""
    return list(dict.fromkeys(_ways(tree.body, values)))


def _ways(body: Sequence[nodes.Node], values: Mapping[str, object]) -> list[str]:
    stretches: list[list[str]] = []
    for node in body:
        if isinstance(node, nodes.If):
            stretches.append([way for _, branch in _branches(node) for way in _ways(branch, values)])
        elif isinstance(node, nodes.Output):
            stretches.append(["".join(_shown(child, values) for child in node.nodes)])
    return ["".join(parts) for parts in product(*stretches)]


def _shown(node: nodes.Node, values: Mapping[str, object]) -> str:
    if isinstance(node, nodes.Name):
        return str(values[node.name])
    return str(node.data if isinstance(node, nodes.TemplateData) else getattr(node, "value", ""))


def always_says(
    tree: nodes.Template, name: str, *, given: frozenset[str] = frozenset(), lacking: frozenset[str] = frozenset()
) -> bool:
    """Whether every way names that variable where the ``given`` ones hold something and the ``lacking`` nothing."""
    return _says(tree.body, name, lambda test: _truth(test, given, lacking))


def _says(body: Sequence[nodes.Node], name: str, truth: Callable[[nodes.Node | None], bool | None]) -> bool:
    for node in body:
        if isinstance(node, nodes.Output) and any(_is(child, name) for child in node.nodes):
            return True
        if isinstance(node, nodes.If) and _every_branch_says(node, name, truth):
            return True
    return False


def _every_branch_says(node: nodes.If, name: str, truth: Callable[[nodes.Node | None], bool | None]) -> bool:
    for test, branch in _branches(node):
        taken = truth(test)
        if taken is not False and not _says(branch, name, truth):
            return False
        if taken:
            return True
    return True


def unguarded(tree: nodes.Template, optional: frozenset[str]) -> list[str]:
    """The variables that may hold nothing and are written where no condition has asked whether they do."""
    return list(dict.fromkeys(_unguarded(tree.body, optional, frozenset())))


def _unguarded(body: Sequence[nodes.Node], optional: frozenset[str], known: frozenset[str]) -> Iterator[str]:
    for node in body:
        if isinstance(node, nodes.Output):
            names = (child.name for child in node.nodes if isinstance(child, nodes.Name))
            yield from (name for name in names if name in optional and name not in known)
        elif isinstance(node, nodes.If):
            sure = known
            for test, branch in _branches(node):
                yield from _unguarded(branch, optional, sure | _held(test, True))
                sure = sure | _held(test, False)


def _held(test: nodes.Node | None, outcome: bool) -> frozenset[str]:
    """The variables that surely hold something where the test came out like that."""
    if isinstance(test, nodes.Name):
        return frozenset((test.name,)) if outcome else frozenset()
    if isinstance(test, nodes.Not):
        return _held(test.node, not outcome)
    if isinstance(test, nodes.And | nodes.Or):
        both = (_held(test.left, outcome), _held(test.right, outcome))
        return both[0] | both[1] if isinstance(test, nodes.And) is outcome else both[0] & both[1]
    return frozenset()


def _truth(test: nodes.Node | None, given: frozenset[str], lacking: frozenset[str]) -> bool | None:
    """How the test comes out; none where it hangs on more than is known."""
    if test is None:
        return True
    if isinstance(test, nodes.Name):
        return True if test.name in given else False if test.name in lacking else None
    if isinstance(test, nodes.Not):
        outcome = _truth(test.node, given, lacking)
        return None if outcome is None else not outcome
    if isinstance(test, nodes.And | nodes.Or):
        sides = (_truth(test.left, given, lacking), _truth(test.right, given, lacking))
        deciding = isinstance(test, nodes.Or)
        if deciding in sides:
            return deciding
        return None if None in sides else not deciding
    return None


def _branches(node: nodes.If) -> list[tuple[nodes.Node | None, list[nodes.Node]]]:
    """Each branch with its test; the last, without one, is taken where no other is."""
    chain: list[tuple[nodes.Node | None, list[nodes.Node]]] = [(node.test, node.body)]
    chain += [(each.test, each.body) for each in node.elif_]
    return [*chain, (None, node.else_)]


def _is(node: nodes.Node, name: str) -> bool:
    return isinstance(node, nodes.Name) and node.name == name
