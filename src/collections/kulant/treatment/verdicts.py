"""Verdicts: what each run made of an account, kept when it changed, so that two runs can be laid side by side."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from kulant.db import Act
from kulant.ledger.bulk import insert_rows
from kulant.people.models import Creditor
from kulant.treatment import verdict_queries as queries
from kulant.treatment.judge import Judgement
from kulant.treatment.models_record import Verdict
from kulant.treatment.stops import Reason
from kulant.treatment.why import (
    NOTHING_OVERDUE,
    ItemSaid,
    ItemWhy,
    Said,
    decision_words,
    fingerprint,
    items_why,
    treatment_of,
)

_COLUMNS = ("creditor_id", "customer_id", "currency", "first_on", "treatment", "step", "said", "fingerprint")

# Reasons whose sentence holds nothing but a day of the ladder: their words are made again when they are shown.
_PLAIN = frozenset(("not_due", "waiting", "ladder_ended"))

# The run looks so far back for accounts that have been settled: longer than anybody leaves it unrun.
_LOOK_BACK = timedelta(days=14)
_SETTLED = "settled"


def keep_verdicts(act: Act, creditor: Creditor, judgements: Sequence[Judgement]) -> int:
    """Keeps what is new in these judgements of today; returns how many accounts have another verdict than before.

    One statement reads the newest verdicts of all these customers, one writes those that changed.
    """
    if not judgements:
        return 0
    known = queries.newest(act.session, {judgement.case.customer.id for judgement in judgements})
    rows = []
    for judgement in judgements:
        account = judgement.case.customer.id, judgement.case.currency
        whys = items_why(judgement)
        late = any(why.decision != "not_due" for why in whys)
        now = fingerprint(judgement, whys) if late else _SETTLED
        if known.get(account) == now:
            continue
        if late:
            said = _kept(judgement, whys)
            rows.append(_row(creditor, account, act.today, treatment_of(judgement), judgement.step, said, now))
        elif account in known:
            rows.append(_nothing_late(creditor, account, act.today))
    insert_rows(act.session, Verdict, _COLUMNS, rows)
    return len(rows)


def finish_verdicts(act: Act, creditor: Creditor) -> int:
    """Says of every account on which nothing is late any more that this is so; called once at the end of a run."""
    settled = queries.settled_since(act.session, creditor.id, act.today - _LOOK_BACK, act.today)
    if not settled:
        return 0
    rows = [
        _nothing_late(creditor, account, act.today)
        for account, newest in sorted(queries.newest(act.session, settled).items())
        if account[1] in settled[account[0]] and newest != _SETTLED
    ]
    insert_rows(act.session, Verdict, _COLUMNS, rows)
    return len(rows)


def _nothing_late(creditor: Creditor, account: tuple[int, str], today: date) -> tuple[Any, ...]:
    """The verdict on an account where nothing is late: there is one, however it came to be so."""
    said = {"reasons": [_shown(NOTHING_OVERDUE)], "items": []}
    return _row(creditor, account, today, "none", None, said, _SETTLED)


def _row(
    creditor: Creditor,
    account: tuple[int, str],
    today: date,
    treatment: str,
    step: str | None,
    said: dict[str, Any],
    mark: str,
) -> tuple[Any, ...]:
    written = json.dumps(said, ensure_ascii=False, sort_keys=True)
    return (creditor.id, *account, today, treatment, step, written, mark)


def _kept(judgement: Judgement, whys: Iterable[ItemWhy]) -> dict[str, Any]:
    """The account's reasons in words; of each invoice its decision, step and codes, and only words that say more."""
    whys = list(whys)
    texts = {
        str(why.item.id): [_shown(reason) for reason in why.own]
        for why in whys
        if any(reason.code not in _PLAIN for reason in why.own)
    }
    items = [
        [why.item.id, why.decision, why.step, [reason.code for reason in why.own], int(why.shared)] for why in whys
    ]
    kept: dict[str, Any] = {"reasons": [_shown(reason) for reason in judgement.all_reasons], "items": items}
    return kept | {"texts": texts} if texts else kept


def _shown(reason: Reason) -> dict[str, str]:
    return {"code": reason.code, "text": reason.text}


def as_said(session: Session, verdicts: Sequence[Verdict]) -> list[Said]:
    """Verdicts as they are shown, with the numbers of their invoices: one statement."""
    ids = {row[0] for verdict in verdicts for row in verdict.said["items"]}
    numbers = queries.item_numbers(session, ids)
    return [_as_said(verdict, numbers) for verdict in verdicts]


def _as_said(verdict: Verdict, numbers: dict[int, str]) -> Said:
    reasons = tuple(Reason(one["code"], one["text"]) for one in verdict.said["reasons"])
    texts = verdict.said.get("texts", {})
    items = []
    for item_id, decision, step, codes, shared in verdict.said["items"]:
        told = texts.get(str(item_id))
        own = tuple(Reason(one["code"], one["text"]) for one in told) if told else tuple(map(_plain, codes))
        because = (*own, *reasons) if shared else own
        items.append(ItemSaid(numbers.get(item_id, str(item_id)), decision, step, because))
    return Said(verdict.currency, verdict.treatment or "none", verdict.step, reasons, tuple(items))


def _plain(code: str) -> Reason:
    words = decision_words(code)
    return Reason(code, f"{words[:1].upper()}{words[1:]}.")
