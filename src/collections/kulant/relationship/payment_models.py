"""What foretells a creditor's payments: chosen once a month by the creditor's own past, kept with its proof."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.core.events import Event
from kulant.db import Act
from kulant.people.models import Creditor
from kulant.relationship import behaviour_queries as queries
from kulant.relationship.behaviour import history_curves
from kulant.relationship.behaviour_queries import MOST_INVOICES
from kulant.relationship.hazard import COLUMNS, Calibration, Hazard, hazard_curves
from kulant.relationship.lateness import Curves, Floats, Ints
from kulant.relationship.models_view import PaymentModel
from kulant.relationship.present_queries import Present
from kulant.relationship.rolling import Chosen, choose

VERSION = 1
NOTHING_KEPT = "own history: the daily run has not tried a model on this creditor's past yet"


@dataclass(frozen=True, slots=True)
class Method:
    """What foretells payments on a day, and why."""

    name: str  # history | hazard
    why: str
    hazard: Hazard | None
    calibration: Calibration
    usual: dict[str, float]  # the median amount by currency, minor units
    width: float  # of the forecast's band, as a multiple of the one chance alone gives
    fitted_on: date | None

    def curves(self, now: Present, rows: Ints, *, size: Floats, terms: Ints) -> tuple[Curves, Ints]:
        """The distributions of lateness of invoices of these payers, and each invoice's row among them."""
        if self.hazard is None:
            payers, back = np.unique(rows, return_inverse=True)
            return history_curves(now.payers.of(payers), now.house, now.pace), back
        curves = hazard_curves(
            self.hazard, self.calibration, now.payers.of(rows), now.house, size=size, terms=terms, pace=now.pace
        )
        return curves, np.arange(len(rows))


def keep_payment_model(act: Act, creditor: Creditor) -> PaymentModel | None:
    """Chooses anew what foretells payments, once each calendar month; nothing while there are no invoices."""
    kept = newest(act.session, creditor.id, act.today)
    if kept is not None and (kept.fitted_on.year, kept.fitted_on.month) == (act.today.year, act.today.month):
        return None
    book = queries.book(act.session, creditor.id, act.today)
    if not len(book.customer):
        return None
    chosen = choose(book, act.today.toordinal())
    row = PaymentModel(
        creditor_id=creditor.id,
        fitted_on=act.today,
        chosen="history" if chosen.model is None else "hazard",
        why=chosen.why,
        parameters=_parameters(chosen, book.usual),
        backtest=chosen.backtest
        | {"learned_from": len(book.customer), "newest_only": len(book.customer) == MOST_INVOICES},
    )
    act.session.add(row)
    if kept is None or kept.chosen != row.chosen:
        act.tell(Event("payment_model_chosen", f"Payments are foretold by {row.why}", creditor_id=creditor.id))
    return row


def _parameters(chosen: Chosen, usual: dict[str, float]) -> dict[str, Any]:
    if chosen.model is None:
        return {"version": VERSION}
    return {
        "version": VERSION,
        "columns": list(COLUMNS),
        "hazard": chosen.model.as_json(),
        "calibration": {key: round(part, 6) for key, part in asdict(chosen.calibration).items()},
        "usual_minor": usual,
    }


def newest(session: Session, creditor_id: int, today: date) -> PaymentModel | None:
    """The model in force on the day; one of a later day is not known yet."""
    return session.scalar(
        select(PaymentModel)
        .where(PaymentModel.creditor_id == creditor_id, PaymentModel.fitted_on <= today)
        .order_by(PaymentModel.fitted_on.desc(), PaymentModel.id.desc())
        .limit(1)
    )


def method(session: Session, creditor_id: int, today: date) -> Method:
    """What foretells payments on the day."""
    kept = newest(session, creditor_id, today)
    if kept is None:
        return Method("history", NOTHING_KEPT, None, Calibration(), {}, 1.0, None)
    width = float(kept.backtest.get("band", {}).get("width", 1.0))
    stored = kept.parameters.get("hazard")
    # A model of another version had other columns; until the next month's choice the history speaks.
    if kept.chosen == "history" or stored is None or kept.parameters.get("version") != VERSION:
        return Method("history", kept.why, None, Calibration(), {}, width, kept.fitted_on)
    calibration = Calibration(**kept.parameters["calibration"])
    usual = kept.parameters["usual_minor"]
    return Method("hazard", kept.why, Hazard.from_json(stored), calibration, usual, width, kept.fitted_on)
