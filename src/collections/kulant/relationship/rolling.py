"""The rolling backtest: forecasts made as if it were earlier, again and again, held against what came. Pure.

At each of several past days the hazard is fitted to what was known then, and foretells the invoices issued from then to
the next of these days, each as things stood on its own day of issue; the own history foretells the same invoices. The
model is used only where it was better.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from kulant.relationship import hazard, proof
from kulant.relationship.behaviour import history_curves
from kulant.relationship.forecast import foretell_cash, widening
from kulant.relationship.hazard import Calibration, Hazard, Rows
from kulant.relationship.known import NEVER, Book, Known, NDArrayBool
from kulant.relationship.lateness import BEYOND, FIRST_WEEK, WEEKS, Curves, Floats, Ints, outlook, place

# Where the days lie from which forecasts are made, as shares of all invoices by their day of issue.
_ORIGINS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9)

# The model has to be this much better, on this many invoices, at this many origins, or the history stays.
FEWEST_INVOICES = 300
FEWEST_ORIGINS = 3
LEAST_GAIN = 0.02

# No more than so many invoices are learned from and foretold: every kth of them, which keeps the run within seconds.
_MOST_LEARNED = 15_000
_MOST_FORETOLD = 15_000
_FEWEST_ROWS = 200

CASH_DAYS = 30
_CASH_ORIGINS = 13
_CASH_STEP = 14  # days


@dataclass(frozen=True, slots=True)
class Chosen:
    """What foretells payments, why, and the proof."""

    model: Hazard | None  # none: the own history
    fitted: Hazard | None  # the model, also where it is not used
    calibration: Calibration
    why: str
    backtest: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Block:
    """Forecasts from one origin: invoices, whether they were late, and what each of the two had said."""

    invoices: Ints
    came: NDArrayBool
    history: Floats
    hazard: Floats | None
    history_mass: Floats
    hazard_mass: Floats | None


def choose(book: Book, today: int) -> Chosen:
    """The better of the two on the creditor's own past, as known on the day."""
    if len(book.customer) == 0:
        return Chosen(None, None, Calibration(), "own history: there are no invoices to learn from yet", {})
    known = Known(book, today)
    rows = hazard.person_weeks(book, known, _some(np.arange(len(book.customer)), _MOST_LEARNED), today)
    blocks = _blocks(book, known, rows, today)
    calibration = _calibration(blocks, book, today)
    model = _fit(rows, today + 1)
    backtest = _compared(blocks, book, today)
    used, why = _verdict(backtest, model)
    backtest |= _cash(book, known, rows, (model, used), calibration, today)
    return Chosen(model if used else None, model, calibration, why, backtest)


def _some(places: Ints, most: int) -> Ints:
    every = -(-len(places) // most) if len(places) else 1
    return places[::every]


def _fit(rows: Rows, before: int) -> Hazard | None:
    which = rows.ends < before
    return hazard.fit(rows, which) if which.sum() >= _FEWEST_ROWS else None


def _blocks(book: Book, known: Known, rows: Rows, today: int) -> list[_Block]:
    told = book.pays & ((book.paid <= today) | (book.due < today)) & (book.issued < today)
    places = np.flatnonzero(told)
    if len(places) == 0:
        return []
    chosen = _some(places, _MOST_FORETOLD)
    issued = book.issued[chosen]
    # All invoices of one day belong to the same origin: forecasts are made in the evening before.
    days = sorted({int(issued[int(share * len(chosen))]) for share in _ORIGINS})
    ends = [*days[1:], today + 1]
    return [
        _block(book, known, rows, day, chosen[(issued >= day) & (issued < end)])
        for day, end in zip(days, ends, strict=True)
    ]


def _block(book: Book, known: Known, rows: Rows, origin: int, invoices: Ints) -> _Block:
    on = book.issued[invoices]
    payers, house = known.payers(book.customer[invoices], on), known.house(on)
    pace = known.pace(origin - 1)
    plain = history_curves(payers, house, pace)
    model = _fit(rows, origin)
    curves = model and hazard.hazard_curves(
        model, Calibration(), payers, house, size=book.size[invoices], terms=book.terms[invoices], pace=pace
    )
    return _Block(
        invoices=invoices,
        came=book.late[invoices],
        history=plain.late(),
        hazard=curves.late() if curves else None,
        history_mass=plain.mass,
        hazard_mass=curves.mass if curves else None,
    )


def _calibration(blocks: list[_Block], book: Book, before: int) -> Calibration:
    """Platt's calibration from what had been foretold and was known to be right or wrong by the day."""
    foretold, came = [], []
    for block in blocks:
        if block.hazard is not None:
            known = book.due[block.invoices] < before
            foretold.append(block.hazard[known])
            came.append(block.came[known])
    return hazard.platt(np.concatenate(foretold), np.concatenate(came)) if foretold else Calibration()


def _compared(blocks: list[_Block], book: Book, today: int) -> dict[str, Any]:
    """Both on the same invoices. The first origin only calibrates; later ones use what was known by then."""
    scored: list[tuple[Floats, Floats, NDArrayBool]] = []
    weeks: dict[str, list[Floats]] = {"history": [], "hazard": [], "came": []}
    for n, block in enumerate(blocks):
        if n == 0 or block.hazard is None or block.hazard_mass is None:
            continue
        origin = int(book.issued[block.invoices].min()) if len(block.invoices) else today
        calibration = _calibration(blocks[:n], book, origin)
        scored.append((block.history, calibration.of(block.hazard), block.came))
        weeks["history"].append(block.history_mass)
        weeks["hazard"].append(block.hazard_mass)
        weeks["came"].append(_paid_in(book, block.invoices, today))
    if not scored:
        return {"origins": 0, "invoices": 0}
    history, model, came = (np.concatenate(parts) for parts in zip(*scored, strict=True))
    if not len(came):
        return {"origins": 0, "invoices": 0}
    return {
        "origins": len(scored),
        "invoices": len(came),
        "late": round(float(came.mean()), 6),
        "history": proof.measure(history, came),
        "hazard": proof.measure(model, came),
        "weeks": {
            "first": FIRST_WEEK,
            "last": BEYOND,
            **{name: [round(float(one), 5) for one in np.concatenate(parts).mean(axis=0)]
               for name, parts in weeks.items()},
        },
    }  # fmt: skip


def _paid_in(book: Book, invoices: Ints, today: int) -> Floats:
    """A one in the week in which each invoice was paid; in the last week where it is open still."""
    lateness = np.where(book.paid[invoices] <= today, book.lateness[invoices], NEVER)
    return np.asarray(np.eye(WEEKS)[place(lateness)], dtype=np.float64)


def _verdict(backtest: dict[str, Any], model: Hazard | None) -> tuple[bool, str]:
    origins, invoices = backtest["origins"], backtest["invoices"]
    if model is None or origins < FEWEST_ORIGINS or invoices < FEWEST_INVOICES:
        return False, (
            f"own history: not enough of the past to try a model on ({invoices:,} invoices foretold from {origins} "
            f"earlier days, {FEWEST_INVOICES} from {FEWEST_ORIGINS} are needed)"
        )
    history, tried = backtest["history"], backtest["hazard"]
    gain = 1 - tried["brier"] / history["brier"] if history["brier"] > 0 else 0.0
    figures = (
        f"on {invoices:,} invoices foretold from {origins} earlier days the weekly hazard's Brier score was "
        f"{tried['brier']:.4f} against {history['brier']:.4f}, its log loss {tried['log_loss']:.4f} against "
        f"{history['log_loss']:.4f}"
    )
    if gain >= LEAST_GAIN and tried["log_loss"] < history["log_loss"]:
        return True, f"weekly hazard: {figures}"
    return False, f"own history: {figures}; it has to be {LEAST_GAIN:.0%} better on the first and better on the second"


def _cash(
    book: Book, known: Known, rows: Rows, tried: tuple[Hazard | None, bool], calibration: Calibration, today: int
) -> dict[str, Any]:
    """How far cash forecasts of past days were off, and by how much the band has to be wider than chance makes it."""
    errors: dict[str, list[float]] = {"history": [], "hazard": []}
    misses: list[Floats] = []
    first = int(book.issued.min()) + CASH_DAYS
    model, used = tried
    last_fit, earlier = NEVER, model
    for back in range(_CASH_ORIGINS):
        origin = today - CASH_DAYS - back * _CASH_STEP
        if origin < first:
            break
        if model is not None and last_fit - origin > 4 * _CASH_STEP:
            last_fit, earlier = origin, _fit(rows, origin)
        open_then = np.flatnonzero((book.issued < origin) & (book.paid >= origin) & (book.dropped >= origin))
        if not len(open_then):
            continue
        eve = origin - 1  # as in a run in the morning: the day's own payments are still to come
        payers, house, pace = known.everybody(eve), known.house(np.asarray([eve])), known.pace(eve)
        plain = history_curves(payers, house, pace)
        both: dict[str, tuple[Curves, Ints]] = {"history": (plain, book.customer[open_then])}
        if earlier is not None:
            curves = hazard.hazard_curves(
                earlier, calibration, payers.of(book.customer[open_then]), house,
                size=book.size[open_then], terms=book.terms[open_then], pace=pace,
            )  # fmt: skip
            both["hazard"] = (curves, np.arange(len(open_then)))
        for name, (curves, who) in both.items():
            look = outlook(
                curves, who, overdue=origin - book.due[open_then], terms=book.terms[open_then], ends=[CASH_DAYS - 1]
            )
            expected = float(look.paid[:, 0] @ book.size[open_then])
            came = float(book.size[open_then] @ (book.paid[open_then] < origin + CASH_DAYS))
            if came > 0:
                errors[name].append(abs(expected - came) / came)
        curves, who = both["hazard" if used and "hazard" in both else "history"]
        misses.append(foretell_cash(book, curves, who, open_then, origin, today))
    return {
        "cash_days": CASH_DAYS,
        "cash_error": {name: proof.middle(found) for name, found in errors.items()},
        "cash_origins": len(errors["history"]),
        "band": widening(misses),
    }
