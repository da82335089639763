"""Texts with variables that people write: only words, named values and "if". Pure.

A text is read as a Jinja2 template, and everything but plain text, the known variables, comparisons and ``if`` is
refused before it is ever run: no loops, no attributes, no calls, no filters. So a text can neither reach anything nor
take long. It runs in Jinja2's sandbox all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from kulant.core.errors import Refusal

MOST_SIGNS = 3000
MOST_IFS = 20
_MOST_NODES = 400

_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.If, nodes.Compare, nodes.Operand, nodes.Const,
    nodes.And, nodes.Or, nodes.Not,
)  # fmt: skip
_ANY = ("eq", "ne")  # comparisons that any two values stand; "more than" and "in" fail for those of different kinds
_NAMES = {nodes.For: "a loop", nodes.Filter: "a filter", nodes.Call: "a call", nodes.Getattr: "a dot after a variable"}


def check_text(source: str, variables: frozenset[str], *, numbers: frozenset[str] = frozenset()) -> None:
    """Refuses a text that is no plain text with these variables, saying what is wrong and where.

    A text that passes can be filled, whatever the values: only ``numbers`` may be compared by size.
    """
    if len(source) > MOST_SIGNS:
        raise Refusal("text_too_long", f"the text has {len(source)} characters; at most {MOST_SIGNS} fit")
    try:
        tree = _environment().parse(source)
    except TemplateSyntaxError as error:
        said = (error.message or "it is no text")[:200]
        raise Refusal("text_unreadable", f"the text cannot be read, line {error.lineno}: {said}") from None
    except RecursionError:
        raise Refusal("text_too_deep", "the text is nested too deep; write it plainer") from None
    ifs = 0
    for count, node in enumerate(_every(tree)):
        if count > _MOST_NODES:
            raise Refusal("text_too_deep", "the text has too many conditions; write it plainer")
        if not isinstance(node, _ALLOWED):
            what = _NAMES.get(type(node), type(node).__name__.lower())
            raise Refusal("text_forbids", f"line {node.lineno} uses {what}; only variables and “if” may be used")
        if isinstance(node, nodes.Name) and node.name not in variables:
            known = ", ".join(sorted(variables))
            raise Refusal("no_such_variable", f"line {node.lineno}: there is no {node.name!r}; there are {known}")
        if isinstance(node, nodes.Compare) and not _stands(node, numbers):
            known = ", ".join(sorted(numbers))
            raise Refusal("text_forbids", f"line {node.lineno} compares by size; only whole numbers and {known} may be")
        ifs += isinstance(node, nodes.If)
    if ifs > MOST_IFS:
        raise Refusal("text_too_deep", "the text has too many conditions; write it plainer")
    try:
        _template(source)
    except (SyntaxError, RecursionError, MemoryError):
        raise Refusal("text_too_deep", "the text is nested too deep; write it plainer") from None


def _stands(node: nodes.Compare, numbers: frozenset[str]) -> bool:
    """Whether the comparison has an answer for whatever the variables hold."""
    if all(operand.op in _ANY for operand in node.ops):
        return True
    sides = (node.expr, *(operand.expr for operand in node.ops))
    return all(operand.op not in ("in", "notin") for operand in node.ops) and all(
        (isinstance(side, nodes.Name) and side.name in numbers)
        or (isinstance(side, nodes.Const) and isinstance(side.value, int))
        for side in sides
    )


def fill(source: str, values: Mapping[str, object]) -> str:
    """The text with its variables filled in; it must have been checked. The result is plain text, not markup."""
    return _template(source).render(values)


def used_variables(source: str) -> frozenset[str]:
    """The variables that a checked text names."""
    return frozenset(node.name for node in _environment().parse(source).find_all(nodes.Name))


def _every(tree: nodes.Node) -> list[nodes.Node]:
    found: list[nodes.Node] = []
    waiting: list[nodes.Node] = [tree]
    while waiting and len(found) <= _MOST_NODES + 1:
        node = waiting.pop()
        found.append(node)
        waiting.extend(node.iter_child_nodes())
    return found


@lru_cache(maxsize=512)
def _template(source: str) -> Template:
    return _environment().from_string(source)


@lru_cache(maxsize=1)
def _environment() -> ImmutableSandboxedEnvironment:
    made = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True, cache_size=0
    )
    for names in (made.globals, made.filters, made.tests):
        names.clear()
    return made
