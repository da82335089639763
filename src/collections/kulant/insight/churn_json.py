"""The churn report as ``kulant report churn --json`` prints it, and the customers behind each of its figures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from kulant.core.calendar import add_months
from kulant.core.money import decimal_string
from kulant.insight.churn import NOT_ASKED, Churn, Month
from kulant.insight.churn_queries import SIGNALS, Lost, names
from kulant.relationship.leaving import REASONS

# Quoted everywhere, traced nowhere; shown beside the creditor's own mix and never reckoned with.
QUOTED_SOURCE = (
    "An often quoted mix, variously credited to the SBA, to W. J. Powell Co. and to Michael LeBoeuf; "
    "no study behind it could be found."
)
QUOTED_SHARES = {
    "overlooked": 0.68, "product": 0.14, "competitor": 0.09, "contacts": 0.05, "moved": 0.03, "closed": 0.01,
}  # fmt: skip


def reason_words(reason: str) -> str:
    """A reason as the report names it."""
    return "Not asked yet" if reason == NOT_ASKED else REASONS[reason]


def churn_json(report: Churn, session: Session | None = None, creditor_id: int = 0) -> dict[str, Any]:
    """The report; with a session, the customers behind each figure too."""
    known = report.usual
    shown: dict[str, Any] = {
        "report": "churn",
        "creditor": report.creditor,
        "date": report.day.isoformat(),
        "ledger_begins": report.ledger_begins.isoformat() if report.ledger_begins else None,
        "months_until_complete": report.settles_after,
        "usual": known and {"share": round(known.share, 6), "sigma_z": round(known.sigma_z, 4), "months": known.months},
        "alarms": [{"code": one.code, "text": one.text} for one in report.alarms],
        "months": [_month_json(one) for one in report.months],
        "quarters": [
            {
                "from": one.first.isoformat(),
                "name": one.name,
                "new": one.new,
                "lost": one.lost,
                "lost_of_new": _round(one.ratio),
                "over": one.over,
                "margin_lost": _amounts(one.lost_minor),
                "margin_won": _amounts(one.won_minor),
            }
            for one in report.quarters
        ],
        "reasons": [
            {
                "reason": one.reason,
                "words": reason_words(one.reason),
                "customers": one.customers,
                "margin_12m": _amounts(one.minor),
            }
            for one in report.causes
        ],
        "often_quoted": {"source": QUOTED_SOURCE, "shares": QUOTED_SHARES},
        "exit_calls_open": report.exit_calls,
        "signals": [
            {
                "code": one.code,
                "words": SIGNALS[one.code],
                "before_loss": one.lost_seen,
                "lost": one.lost,
                "with_those_who_stayed": one.stayed_seen,
                "stayed": one.stayed,
                "lift": _round(one.lift),
            }
            for one in report.signals
        ],
    }
    return shown if session is None else shown | {"trace": _trace(report, session, creditor_id)}


def _month_json(month: Month) -> dict[str, Any]:
    return {
        "month": f"{month.first:%Y-%m}",
        "active": month.active,
        "new": month.new,
        "lost": month.lost,
        "lost_as_reported": month.reported,
        "lost_of_active": _round(month.of_active),
        "lost_of_new": _round(month.of_new),
        "rings_at": month.rings_at,
        "rings": month.rings,
        "complete": month.complete,
    }


def _trace(report: Churn, session: Session, creditor_id: int) -> dict[str, Any]:
    known = names(session, creditor_id, {one.customer_id for one in report.losses} | report.firsts.keys())
    return {
        f"{month.first:%Y-%m}": {
            "lost": [loss_json(one, known) for one in lost_in(report, month.first)],
            "new": [known[one][0] for one in new_in(report, month.first)],
        }
        for month in report.months
    }


def lost_in(report: Churn, first: date) -> list[Lost]:
    """Who was lost in a month, those who came back among them; the dearest first."""
    end = add_months(first, 1)
    found = [one for one in report.losses if first <= one.lost_on < end]
    return sorted(found, key=lambda one: (-one.margin_minor, one.customer_id))


def new_in(report: Churn, first: date) -> list[int]:
    """Who was new in a month, in the order they came."""
    end = add_months(first, 1)
    found = [(day, customer_id) for customer_id, day in report.firsts.items() if first <= day < end]
    return [customer_id for _, customer_id in sorted(found)]


def loss_json(one: Lost, known: Mapping[int, tuple[str, str]]) -> dict[str, Any]:
    """One loss as JSON shows it."""
    number, name = known[one.customer_id]
    return {
        "customer": number,
        "name": name,
        "lost_on": one.lost_on.isoformat(),
        "noticed_on": one.noticed_on.isoformat(),
        "how": one.how,
        "reason": one.reason,
        "grade": one.grade,
        "margin_12m": decimal_string(one.margin_minor, one.currency),
        "currency": one.currency,
        "before_break_even": one.before_break_even,
        "returned_on": one.returned_on.isoformat() if one.returned_on else None,
    }


def _amounts(sums: Mapping[str, int]) -> dict[str, str]:
    return {currency: decimal_string(minor, currency) for currency, minor in sorted(sums.items())}


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
