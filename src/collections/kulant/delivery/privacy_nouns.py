"""Every table that says anything of a customer: what is exported of it, what becomes of it when they are erased.

``tests/delivery/test_privacy_nouns.py`` walks all tables and fails when one with a way to a customer stands in neither
list, so that a new one cannot be forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import ColumnElement, Table, func, select

from kulant.db import Base

Group = Literal["who", "account", "agreements", "sent", "told", "assessed", "decided", "log"]
# What is kept together because its parts rest on each other; how long is the law's to say, see law/retention.py.
Bundle = Literal["books", "agreements", "letters"]

# Whom of us something was done by: not data about the customer (CJEU C-579/21), and left out of an export.
STAFF = frozenset(
    ("actor", "approved_by", "closed_by", "decided_by", "done_by", "erased_by", "learned_by", "offered_by", "owner",
     "parked_by", "read_by", "withdrawn_by")
)  # fmt: skip
# What opens something, or is only there for the program.
SECRETS = frozenset(
    ("nonce", "token_hash", "code_hash", "number_mark", "fingerprint", "at_work", "files", "lease_until")
)


@dataclass(frozen=True, slots=True)
class Noun:
    """A table. ``via``: the column that leads to a customer, directly or by way of another noun.

    ``bundle``: what it is kept with after an erasure; none: it goes at once. ``blank``: columns that are emptied then,
    whatever is kept of the rest. ``at_end``: columns emptied when the keeping is over; none: the rows go.
    """

    table: str
    group: Group
    via: tuple[str, str] = ("customer_id", "customer")
    currency: tuple[str, str] | None = None  # where amounts have none of their own: the column that leads to it
    bundle: Bundle | None = None
    blank: Mapping[str, Any] = field(default_factory=dict)
    at_end: Mapping[str, Any] | None = None
    dated: tuple[str, ...] = ()  # the first of these that is there is its day, for how long it is kept
    stays: bool = False  # its rows are never deleted

    @property
    def its(self) -> Table:
        """The table itself."""
        return Base.metadata.tables[self.table]

    def of(self, customer_id: int) -> ColumnElement[bool]:
        """Only the rows about this customer."""
        column, parent = self.via
        if parent == "customer":
            return self.its.c[column] == customer_id
        above = BY_TABLE[parent]
        return self.its.c[column].in_(select(above.its.c.id).where(above.of(customer_id)))


_NOBODY: dict[str, Any] = {
    "country": None, "language": None, "customer_since": None, "account_manager": None, "segment": None,
    "acquisition_cost_minor": None, "credit_limit_minor": None, "strategic": False, "contact_opt_out": True,
    "no_dunning": True,
}  # fmt: skip
_RECKONED: dict[str, Any] = {
    "reasons": [], "options": [], "break_evens": [], "offers": [], "facts": {}, "blocked": [], "grade": None,
    "late_reason": None, "message": None, "decision_reason": None,
}  # fmt: skip
_ADDRESSED: dict[str, Any] = {
    "recipient": None, "context": {}, "message_id": None, "mail_host": None, "error": None, "blocked": [],
    "mail_sha256": None, "mail_kept": None,
}  # fmt: skip
_BANK: dict[str, Any] = {"payer_name": None, "payer_account": None, "message": None, "parked_reason": None}
_REFERENCES: dict[str, Any] = {"payment_reference": None, "order_reference": None, "reason": None}

NOUNS: tuple[Noun, ...] = (
    # Who they are
    Noun("customer", "who", ("id", "customer"), blank=_NOBODY, stays=True),
    Noun("contact", "who"),
    Noun("known_payer", "who"),
    Noun("erasure", "who", stays=True),
    # Their account
    Noun("open_item", "account", bundle="books", at_end=_REFERENCES, dated=("settled_on", "issue_date", "due_date")),
    Noun("entry", "account", ("item_id", "open_item"), ("item_id", "open_item"), bundle="books", dated=("booked_on",),
         stays=True),
    Noun("payment_detail", "account", ("item_id", "open_item"), bundle="books", blank=_BANK),
    Noun("dispute", "account", currency=("item_id", "open_item"), bundle="books",
         blank={"reason": "", "outcome": None, "owner": None}, dated=("resolved_on", "opened_on")),
    Noun("customer_balance", "account", stays=True),
    # What was agreed
    Noun("plan", "agreements", bundle="agreements",
         blank={"evidence": None, "end_reason": None, "late_reason": None, "grade": None},
         dated=("ended_on", "accepted_on", "offered_on")),
    Noun("plan_item", "agreements", ("plan_id", "plan"), ("plan_id", "plan"), bundle="agreements"),
    Noun("plan_offer", "agreements", ("plan_id", "plan"), ("plan_id", "plan"), bundle="agreements"),
    Noun("instalment", "agreements", ("plan_id", "plan"), ("plan_id", "plan"), bundle="agreements"),
    Noun("plan_change", "agreements", ("plan_id", "plan"), ("plan_id", "plan"), bundle="agreements"),
    Noun("payment_order", "agreements", bundle="agreements", blank={"said": {}}, dated=("made_on",)),
    Noun("combined_reference", "agreements", bundle="agreements"),
    Noun("combined_reference_item", "agreements", ("reference_id", "combined_reference"), bundle="agreements"),
    Noun("counter_proposal", "agreements"),
    Noun("promise", "agreements"),
    Noun("commitment", "agreements"),
    # What was sent
    Noun("document", "sent", bundle="letters", dated=("dated",)),
    Noun("delivery", "sent", bundle="letters", blank=_ADDRESSED, dated=("sent_on", "approved_on")),
    Noun("step_sent", "sent", ("proposal_id", "proposal"), bundle="letters"),
    Noun("portal_link", "sent"),
    # What they told us
    Noun("inbound_mail", "told"),
    Noun("upload", "told"),
    Noun("interaction", "told"),
    Noun("concern", "told"),
    Noun("hardship_note", "told"),
    Noun("late_reason", "told"),
    Noun("expectation_check", "told"),
    # How they are assessed
    Noun("score", "assessed"),
    Noun("standing", "assessed"),
    Noun("strike", "assessed"),
    Noun("loss", "assessed"),
    Noun("save_case", "assessed"),
    # What was decided
    Noun("proposal", "decided", bundle="letters", blank=_RECKONED, dated=("proposed_on",)),
    Noun("proposal_item", "decided", ("proposal_id", "proposal"), ("proposal_id", "proposal"), bundle="letters"),
    Noun("outcome", "decided", bundle="letters", blank={"reason": "unknown", "grade": None}),
    Noun("decision_record", "decided"),
    Noun("verdict", "decided"),
    Noun("hold", "decided"),
    Noun("task", "decided"),
    # What happened
    Noun("timeline_event", "log"),
    Noun("audit_entry", "log", blank={"text": "Erased.", "data": {}}, stays=True),
)  # fmt: skip

BY_TABLE = {noun.table: noun for noun in NOUNS}
GROUPS: tuple[Group, ...] = ("who", "account", "agreements", "sent", "told", "assessed", "decided", "log")

# Tables that lead to a customer and are in no export, with the reason.
NOT_EXPORTED = {
    "one_time_code": "hashes of codes that live for minutes; they go with their link",
    "reviewed": "on which day a run last looked at the account: a mark of the program's, replaced every day",
}
GOES_TOO = ("reviewed",)

# Tables without any way to a customer in which their name or number may stand nevertheless. See privacy_traces.py.
TRACES = {
    "audit_entry": "events of the whole creditor, e.g. whose statement was downloaded",
    "import_run": "values of rejected rows",
    "refused_address": "addresses that are not written to",
    "idempotent_answer": "answers to programs, kept for a day",
    "webhook_message": "what programs were told, with the customer's number",
    "inbound_mail": "mail of theirs that named no message of ours",
    "task": "tasks of the whole creditor",
}


def columns_shown(noun: Noun) -> list[str]:
    """The columns an export shows."""
    return [column.name for column in noun.its.columns if column.name not in STAFF | SECRETS]


def day_of(noun: Noun) -> ColumnElement[Any] | None:
    """The day a row of the noun is of."""
    if not noun.dated:
        return None
    days = [noun.its.c[name] for name in noun.dated]
    return func.coalesce(*days) if len(days) > 1 else days[0]
