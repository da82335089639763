"""The send gate about the law: what may be sent today, and what it may charge. Pure."""

from __future__ import annotations

from kulant.core.words import amount_words
from kulant.delivery.gate_facts import Block, GateFacts


def law_regime(facts: GateFacts) -> Block | None:
    """The law leaves this letter to licensed agencies by now."""
    return _law_says(facts, "law_regime", "Dismiss it, and let a collection agency write instead.")


def law_wait(facts: GateFacts) -> Block | None:
    """The time of an earlier letter has not run out, or a letter that must come first has not been sent."""
    return _law_says(facts, "law_wait", "")


def law_unknown(facts: GateFacts) -> Block | None:
    """Nobody can say whether this is lawful today."""
    if facts.law.unknown and facts.law.charged:
        return Block("law_unknown", f"{facts.law.unknown} The next run proposes it without them.")
    return _law_says(facts, "law_unknown", "Entering what the law says releases it.")


def _law_says(facts: GateFacts, code: str, released: str) -> Block | None:
    found = next((reason for reason in facts.law.waits if reason.code == code), None)
    return Block(code, f"{found.text} {released}".strip()) if found else None


def law_fee(facts: GateFacts) -> Block | None:
    """A charge is above what the law allows today: paid or disputed since, too early, or one too many."""
    if facts.law.unknown:
        return None
    for (kind, invoice), minor in facts.law.charged.items():
        most = facts.law.allowed.get((kind, invoice), 0)
        if minor > most:
            asked, allowed = (amount_words(amount, facts.currency) for amount in (minor, most))
            return Block(
                "law_fee",
                f"The letter charges {asked} ({kind}) on invoice {invoice}; today the law allows {allowed}. "
                "The next run proposes it anew.",
            )
    return None
