"""Texts with variables that people write: only words, named values and "if". Pure.

A text is read as a Jinja2 template, and everything but plain text, the known variables, comparisons and ``if`` is
refused before it is ever run: no loops, no attributes, no calls, no filters. So a text can neither reach anything nor
take long. It runs in Jinja2's sandbox all the same. How its conditions combine: ``text_paths``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from kulant.core.errors import Refusal
from kulant.letters.text_paths import MOST_WAYS, count_ways

MOST_SIGNS = 3000
MOST_IFS = 20
_MOST_NODES = 400
_DEEPEST = 40  # Jinja's own work on a condition grows with the square of how deep it is

_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.If, nodes.Compare, nodes.Operand, nodes.Const,
    nodes.And, nodes.Or, nodes.Not,
)  # fmt: skip
_SHOWN = (nodes.TemplateData, nodes.Name, nodes.Const)  # what may stand between words: not the outcome of a condition
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
    except (RecursionError, ValueError, OverflowError):
        raise Refusal("text_too_deep", "the text is nested too deep; write it plainer") from None
    ifs = 0
    for count, (node, depth) in enumerate(_every(tree)):
        if count > _MOST_NODES or depth > _DEEPEST:
            raise Refusal("text_too_deep", "the text has too many conditions; write it plainer")
        _check_node(node, variables, numbers)
        ifs += isinstance(node, nodes.If)
    if ifs > MOST_IFS:
        raise Refusal("text_too_deep", "the text has too many conditions; write it plainer")
    ways = count_ways(tree)
    if ways > MOST_WAYS:
        said = f"its conditions combine in {ways} ways, and nobody can read them all; at most {MOST_WAYS} are allowed"
        raise Refusal("text_too_deep", said)
    try:
        _template(source)
    except (SyntaxError, RecursionError, MemoryError):
        raise Refusal("text_too_deep", "the text is nested too deep; write it plainer") from None


def _check_node(node: nodes.Node, variables: frozenset[str], numbers: frozenset[str]) -> None:
    if not isinstance(node, _ALLOWED):
        what = _NAMES.get(type(node), type(node).__name__.lower())
        raise Refusal("text_forbids", f"line {node.lineno} uses {what}; only variables and “if” may be used")
    if isinstance(node, nodes.Name) and node.name not in variables:
        known = ", ".join(sorted(variables))
        raise Refusal("no_such_variable", f"line {node.lineno}: there is no {node.name!r}; there are {known}")
    if isinstance(node, nodes.Compare) and not _stands(node, numbers):
        known = " and ".join(sorted(numbers)) or "no variable here"
        said = f"line {node.lineno} asks for more or less, or for a part; only {known} can be held against a number"
        raise Refusal("text_forbids", said)
    if isinstance(node, nodes.Output) and not all(isinstance(shown, _SHOWN) for shown in node.nodes):
        raise Refusal("text_forbids", f"line {node.lineno}: between {{{{ and }}}} stands one variable and nothing else")


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


def tree_of(source: str) -> nodes.Template:
    """A checked text as a tree."""
    return _environment().parse(source)


def _every(tree: nodes.Node) -> Iterator[tuple[nodes.Node, int]]:
    """Each node of the tree with how deep it lies."""
    waiting: list[tuple[nodes.Node, int]] = [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        yield node, depth
        waiting.extend((child, depth + 1) for child in node.iter_child_nodes())


# Enough for every shipped text of a process that writes in all languages, and for as many again.
@lru_cache(maxsize=2048)
def _template(source: str) -> Template:
    return _environment().from_string(source)


@lru_cache(maxsize=1)
def _environment() -> ImmutableSandboxedEnvironment:
    # Lines are kept as they were typed: an empty line behind a condition still begins a paragraph.
    made = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, cache_size=0)
    for names in (made.globals, made.filters, made.tests):
        names.clear()
    return made
