"""How a creditor sends, beside what its ladders say: bank data, quiet days, pace, courtesies. Kept by version."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from sqlalchemy.orm import Session

from kulant.db import Act
from kulant.people.models import Creditor
from kulant.people.models_rules import CreditorRules
from kulant.people.rules_kept import keep_rules, read_changed, rules_in_force
from kulant.relationship.said import said

NAME = "sending"

Segment = Annotated[str, Field(min_length=1, max_length=40)]


class SendingRules(BaseModel):
    """The rules of sending in force. What a ladder says about the same thing comes before what stands here."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # Nothing that asks for money leaves while the newest bank data is older than so many days; none: never held for it.
    bank_data_max_age_days: Annotated[int, Field(ge=0, le=365)] | None = None

    # When e-mail may reach people, by the customer's clock, where the ladder does not say.
    quiet_days: Annotated[tuple[date, ...], Field(max_length=400)] = ()  # the house's own, for e-mail and post alike
    opens: time | None = None
    closes: time | None = None
    weekdays_only: bool = False
    holidays: bool = False  # public holidays where the customer is are quiet too

    # At most so many messages a minute to one mail host, so that none takes us for a sender of spam; none: no limit.
    mail_per_host_per_minute: Annotated[int, Field(ge=1, le=10_000)] | None = None

    # What leaves by itself.
    thank_you: bool = True
    instalment_reminder_days: Annotated[int, Field(ge=1, le=30)] | None = 3  # before the due date; none: no reminder
    courtesy_segments: Annotated[tuple[Segment, ...], Field(max_length=50)] = ()  # who is told before the due date
    courtesy_days_before: Annotated[int, Field(ge=1, le=60)] = 5

    # The message itself.
    max_attachment_kb: Annotated[int, Field(ge=50, le=25_000)] = 2_000  # above it the letter is linked to, not attached
    list_unsubscribe: bool = True  # only on messages people may say no to

    @field_validator("quiet_days", mode="after")
    @classmethod
    def _in_order(cls, days: tuple[date, ...]) -> tuple[date, ...]:
        return tuple(sorted(set(days)))

    @model_validator(mode="after")
    def _a_window_has_two_ends(self) -> Self:
        if (self.opens is None) != (self.closes is None):
            raise ValueError("hours need both an opening and a closing time, or neither")
        if self.opens is not None and self.closes is not None and self.opens >= self.closes:
            raise ValueError("the opening time must be before the closing time")
        return self


def sending_rules(session: Session, creditor_id: int) -> SendingRules:
    """The rules in force for the creditor; the usual ones until somebody sets others."""
    return SendingRules.model_validate(rules_in_force(session, creditor_id, NAME) or {})


def keep_sending_rules(act: Act, *, creditor: Creditor, rules: SendingRules, why: str) -> CreditorRules:
    """Puts other rules in force as a new version that says who, when and why; those before are kept."""
    kept = rules.model_dump(mode="json")
    return keep_rules(act, creditor=creditor, name=NAME, rules=kept, why=said(why, "changing the rules of sending"))


def read_sending_rules(given: Any, now: SendingRules, titles: Mapping[str, str] | None = None) -> SendingRules:
    """The rules in force with what is given changed (see ``read_changed``)."""
    return read_changed(SendingRules, given, now, titles, example="bank_data_max_age_days: 3")
