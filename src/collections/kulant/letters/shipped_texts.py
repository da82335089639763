"""The shipped words as a text to begin one's own from: with variables, and with "if" wherever they depend on something.

The words are asked for in every case the text can be in; a condition stands only where they differ. So a creditor who
keeps the shipped text as their own sends the very same letters. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import product

from kulant.i18n import translator
from kulant.letters.text_kind import MANY, MANY_PARTS, TextKind, Way
from kulant.letters.text_kinds import text_kind
from kulant.letters.wording import Prose

_IF, _END = "{% if ", "{% endif %}"
_LINE = "\n"  # each wording stands on a line of its own; a line's end is a space in the letter

# One case: which way each of the choices comes out.
_Case = tuple[int, ...]
_Choices = Sequence[tuple[Way, ...]]


@lru_cache(maxsize=512)
def shipped_texts(key: str, language: str, country: str) -> Mapping[str, str]:
    """The shipped text of that kind as a creditor would write it; ``country``: the creditor's own."""
    kind = text_kind(key)
    said = {case: _words(kind, case, language, country) for case in product(*(range(len(c)) for c in kind.choices))}
    places = max(len(prose.paragraphs) for prose in said.values())

    def part(choose: Mapping[_Case, str]) -> str:
        written = _decided(kind.choices, choose, ())
        return written.replace(str(MANY), "{{ count }}").replace(str(MANY_PARTS), "{{ parts }}")

    body = [part({case: _paragraph(prose, place) for case, prose in said.items()}) for place in range(places)]
    return {
        "heading": part({case: prose.heading for case, prose in said.items()}),
        "lead": part({case: prose.lead for case, prose in said.items()}),
        "body": "\n\n".join(filter(None, body)),
        "short": part({case: prose.short for case, prose in said.items()}),
    }


def _words(kind: TextKind, case: _Case, language: str, country: str) -> Prose:
    # A letter of the ladder is asked for with all that any of them may speak of, whether this one names it or not.
    values: dict[str, object] = {
        name: f"{{{{ {name} }}}}" for name in ("total", "pay_by", "number", "partner", *kind.variables)
    }
    values |= {"country": country, "parts": MANY_PARTS}
    for choice, way in zip(kind.choices, case, strict=True):
        values |= choice[way][1]
    return kind.shipped(values, translator(language))


def _paragraph(prose: Prose, place: int) -> str:
    return prose.paragraphs[place] if place < len(prose.paragraphs) else ""


def _decided(choices: _Choices, said: Mapping[_Case, str], fixed: _Case) -> str:
    """The words with a condition for each choice on which they still depend, the first choice outermost."""
    left = {case: words for case, words in said.items() if case[: len(fixed)] == fixed}
    if len(set(left.values())) == 1:
        return next(iter(left.values()))
    choice = choices[len(fixed)]
    return _condition(choice, [_decided(choices, said, (*fixed, way)) for way in range(len(choice))])


def _condition(choice: tuple[Way, ...], outcomes: Sequence[str]) -> str:
    """The outcomes under their conditions: alike ones together, that of every other case last."""
    if len(set(outcomes)) == 1:
        return outcomes[0]
    otherwise = outcomes[-1]
    tests: dict[str, list[str]] = {}
    for (test, _), outcome in zip(choice, outcomes, strict=True):
        if test is not None and outcome != otherwise:
            tests.setdefault(outcome, []).append(test)
    if tests.keys() == {""}:
        return f"{{% if {_none_of(tests[''])} %}}{otherwise}{_END}"
    written = "".join(
        f"{{% {'elif' if place else 'if'} {' or '.join(each)} %}}{_LINE if words.startswith(_IF) else ''}{words}\n"
        for place, (words, each) in enumerate(tests.items())
    )
    if not otherwise:
        return f"{written.removesuffix(_LINE) if len(tests) == 1 else written}{_END}"
    # Shipped words have no conditions of their own: what begins with one is one.
    if otherwise.startswith(_IF):
        return f"{written}{{% el{otherwise.removeprefix('{% ')}"
    return f"{written}{{% else %}}{otherwise}\n{_END}"


def _none_of(tests: Sequence[str]) -> str:
    return " and ".join(test.replace(" == ", " != ") if " == " in test else f"not {test}" for test in tests)
