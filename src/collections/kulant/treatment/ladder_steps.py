"""The steps of a ladder as rows of a form, and back into its text. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kulant.core.money import decimal_string
from kulant.treatment.ladder import Policy

_PLAIN = re.compile(r"[a-z][a-z0-9_-]*")
_WORDS_OF_YAML = frozenset(("null", "true", "false"))
_NUMBER = re.compile(r"-?[0-9]{1,4}")
_STEPS = re.compile(r"^steps[ \t]*:.*?(?=^[^\s#-]|\Z)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step as it was typed; what is wrong in it is found when the text is checked."""

    code: str = ""
    document: str = "reminder"
    days: str = ""
    origin: str = "previous_step"
    month_end: bool = False
    channel: str = "email"
    fee: str = "none"
    approval: str = "ask"
    minimum: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nobody filled it in."""
        return not self.code.strip() and not self.days.strip()

    def as_yaml(self) -> str:
        """The step as a line of the ladder's text."""
        days = self.days.strip() if _NUMBER.fullmatch(self.days.strip()) else _quoted(self.days)
        month_end = ", month_end: true" if self.month_end else ""
        parts = [
            f"code: {_quoted(self.code)}",
            f"document: {_quoted(self.document)}",
            f"after: {{days: {days}, from: {_quoted(self.origin)}{month_end}}}",
            f"channel: {_quoted(self.channel)}",
            f"fee: {_quoted(self.fee)}",
            f"approval: {_quoted(self.approval)}",
        ]
        if self.minimum.strip():
            parts.append(f"minimum_amount: {_minimum(self.minimum)}")
        return "  - {" + ", ".join(parts) + "}"


def step_rows(policy: Policy) -> list[StepRow]:
    """The ladder's steps as rows of a form."""
    return [
        StepRow(
            code=step.code,
            document=step.document,
            days=str(step.after.days),
            origin=step.after.origin or "due_date",
            month_end=step.after.month_end,
            channel=step.channel,
            fee=step.fee,
            approval=step.approval,
            minimum=" ".join(
                f"{currency} {decimal_string(minor, currency)}" for currency, minor in step.minimum_amount.items()
            ),
        )
        for step in policy.steps
    ]


def with_steps(text: str, rows: Iterable[StepRow]) -> str:
    """The ladder's text with these steps instead of its own; everything else in it stays as it was written."""
    block = "steps:\n" + "\n".join(row.as_yaml() for row in rows) + "\n"
    if _STEPS.search(text):
        return _STEPS.sub(lambda _: block, text, count=1)
    return f"{text.rstrip()}\n{block}".lstrip()


def _minimum(typed: str) -> str:
    """``NOK 100.00 SEK 80.00`` as the text has it."""
    words: Sequence[str] = typed.replace(",", " ").replace(":", " ").replace("=", " ").split()
    pairs = [f"{_quoted(words[n])}: {json.dumps(words[n + 1])}" for n in range(0, len(words) - 1, 2)]
    return "{" + ", ".join(pairs) + "}" if len(words) % 2 == 0 else json.dumps(typed)


def _quoted(value: str) -> str:
    value = value.strip()
    plain = _PLAIN.fullmatch(value) and value not in _WORDS_OF_YAML
    return value if plain else json.dumps(value, ensure_ascii=False)
