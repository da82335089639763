"""Relationship value: how many purchases a customer is likely to make, and what they leave.

The purchases follow the MBG/NBD model: a customer buys at a steady rate of their own until, after some purchase, they
leave unseen. ``x`` is the number of repeat purchases, ``tx`` the day of the last one and ``age`` today, all counted in
days from the first purchase. Everything works on whole arrays of customers. Pure; no clock.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kulant.relationship.pattern import Parameters, stored_parameters

Floats = NDArray[np.float64]

YEAR = 365
FEWEST_CUSTOMERS_TO_FIT = 50

# How far, as a factor e^2 ≈ 7 either way, a fit may easily move from the stored starting values. Weak enough to vanish
# among a few dozen customers, strong enough to keep a portfolio in which nobody ever left from running to infinity.
_PENALTY_SPREAD = 2.0

# Closer to 1 than this the exact forecast divides nothing by nothing.
_SINGULAR = 1e-5


def log_likelihood(r: float, alpha: float, a: float, b: float, x: Floats, tx: Floats, age: Floats) -> Floats:
    """How well each customer's history agrees with the parameters."""
    from scipy.special import betaln, gammaln

    bought = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    stayed = betaln(a, b + x + 1) - betaln(a, b)
    active = -(r + x) * np.log(alpha + age)
    left = np.log(a) - np.log(b + x) - (r + x) * np.log(alpha + tx)
    return np.asarray(bought + stayed + np.logaddexp(active, left), dtype=np.float64)


def fit(x: ArrayLike, tx: ArrayLike, age: ArrayLike) -> Parameters:
    """The parameters under which these customers' histories are most likely.

    With too few customers, nobody who bought twice, or no convergence, the stored values are returned and say so.
    """
    histories = np.column_stack([_floats(x), _floats(tx), _floats(age)])
    customers = len(histories)
    if customers < FEWEST_CUSTOMERS_TO_FIT:
        return stored_parameters(
            customers, f"stored starting values: {customers} customers, a fit needs {FEWEST_CUSTOMERS_TO_FIT}"
        )
    if not histories[:, 0].any():
        return stored_parameters(customers, "stored starting values: no customer has bought twice yet")
    found = _most_likely(histories)
    if found is None:
        return stored_parameters(customers, "stored starting values: the fit did not settle")
    r, alpha, a, b = found
    return Parameters(r, alpha, a, b, fitted=True, customers=customers, reason=f"fitted to {customers} customers")


def _most_likely(histories: Floats) -> tuple[float, float, float, float] | None:
    distinct, weights = np.unique(histories, axis=0, return_counts=True)
    x, tx, age = distinct.T
    customers = float(weights.sum())
    stored = stored_parameters(0, "")
    centre = np.log([stored.r, stored.alpha, stored.a, stored.b])

    def unlikely(logs: Floats) -> float:
        penalty = float(((logs - centre) ** 2).sum()) / (2 * _PENALTY_SPREAD**2)
        with np.errstate(all="ignore"):
            r, alpha, a, b = np.exp(logs)
            total = float(weights @ log_likelihood(r, alpha, a, b, x, tx, age))
        return (penalty - total) / customers if np.isfinite(total) else 1e9

    # A second start from the data itself: the plain rate, and almost nobody leaving.
    rate = (float(weights @ x) + 1) / (float(weights @ age) + 1)
    starts = (centre, np.log([1.0, 1 / rate, 0.5, 10.0]))
    options = {"maxiter": 2000, "maxfev": 3000, "xatol": 1e-4, "fatol": 1e-10}
    from scipy.optimize import minimize

    tries = [minimize(unlikely, start, method="Nelder-Mead", options=options) for start in starts]
    settled = [done for done in tries if done.success and done.fun < 1e9]
    if not settled:
        return None
    r, alpha, a, b = (float(value) for value in np.exp(min(settled, key=lambda done: float(done.fun)).x))
    return r, alpha, a, b


def silence_factor(parameters: Parameters, x: ArrayLike, tx: ArrayLike, age: ArrayLike) -> Floats:
    """How many times more typical the silence since the last purchase is of customers who have stopped."""
    return np.asarray(np.exp(np.minimum(_log_silence(parameters, x, tx, age), 700.0)), dtype=np.float64)


def _log_silence(parameters: Parameters, x: ArrayLike, tx: ArrayLike, age: ArrayLike) -> Floats:
    ratio = np.log(parameters.alpha + _floats(age)) - np.log(parameters.alpha + _floats(tx))
    return np.asarray((parameters.r + _floats(x)) * ratio, dtype=np.float64)


def leaving_odds(parameters: Parameters, x: ArrayLike) -> Floats:
    """The ordinary odds of leaving after a purchase, before any silence."""
    return np.asarray(parameters.a / (parameters.b + _floats(x)), dtype=np.float64)


def p_alive(parameters: Parameters, x: ArrayLike, tx: ArrayLike, age: ArrayLike) -> Floats:
    """The probability that the customer still buys."""
    log_odds_gone = np.log(leaving_odds(parameters, x)) + _log_silence(parameters, x, tx, age)
    from scipy.special import expit

    return np.asarray(expit(-log_odds_gone), dtype=np.float64)


def expected_purchases(
    parameters: Parameters, x: ArrayLike, tx: ArrayLike, age: ArrayLike, days: float = YEAR
) -> Floats:
    """Purchases to expect in the coming days; the chance that the customer has left is already in it."""
    return p_alive(parameters, x, tx, age) * purchases_if_active(parameters, x, age, days)


def purchases_if_active(parameters: Parameters, x: ArrayLike, age: ArrayLike, days: float = YEAR) -> Floats:
    """Purchases to expect of a customer who has not left yet, though they may while the days pass.

    Exact where the formula can be computed, else by the approximation of a fixed rate and a fixed leaving chance.
    """
    near = _approximate_if_active(parameters, _floats(x), _floats(age), days)
    if abs(parameters.a - 1) < _SINGULAR:
        return near
    with np.errstate(all="ignore"):
        exact = _exact_if_active(parameters, _floats(x), _floats(age), days)
    usable = np.isfinite(exact) & (exact >= 0)
    return np.asarray(np.where(usable, exact, near), dtype=np.float64)


def _exact_if_active(parameters: Parameters, x: Floats, age: Floats, days: float) -> Floats:
    # Euler's transformation of the textbook 2F1(r+x, b+x+1; a+b+x; z): that one overflows for frequent buyers, this one
    # never does, and the large powers before it cancel.
    r, alpha, a, b = parameters.r, parameters.alpha, parameters.a, parameters.b
    z = days / (alpha + age + days)
    from scipy.special import hyp2f1

    series = hyp2f1(a + b - r, a - 1, a + b + x, z)
    return np.asarray((a + b + x) / (a - 1) * (1 - (1 - z) ** (a - 1) * series), dtype=np.float64)


def _approximate_if_active(parameters: Parameters, x: Floats, age: Floats, days: float) -> Floats:
    rate = (parameters.r + x) / (parameters.alpha + age)
    leaving = parameters.a / (parameters.a + parameters.b + x + 1)
    return np.asarray(-np.expm1(-rate * leaving * days) / leaving, dtype=np.float64)


def _floats(values: ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64)
