"""The send gate about money: what was paid, what has come in, what is disputed or paid by a plan. Pure."""

from __future__ import annotations

from kulant.core.words import amount_words
from kulant.delivery.gate_facts import Block, GateFacts


def paid(facts: GateFacts) -> Block | None:
    """What is asked for has been paid or credited, wholly or in part, since the letter was approved."""
    for line in facts.lines:
        if line.open_minor <= 0:
            return Block("paid", f"{line.what} {line.number} is paid. The next run looks at the rest.")
        if line.open_minor - line.disputed_minor < line.asked_minor and not line.disputed_minor:
            asked, now = (amount_words(minor, facts.currency) for minor in (line.asked_minor, line.open_minor))
            return Block(
                "amount_changed",
                f"{line.what} {line.number} has {now} open, the letter says {asked}. "
                "The next run proposes a letter with the right amount.",
            )
    return None


def unmatched_money(facts: GateFacts) -> Block | None:
    """Money has come that may be for this debt: match it before asking again."""
    if facts.credits_now_minor < facts.credits_deducted_minor:
        amount = amount_words(facts.credits_deducted_minor - facts.credits_now_minor, facts.currency)
        return Block(
            "unmatched_money",
            f"{amount} has come from this customer and is not matched yet. Match it; the next run proposes anew.",
        )
    demand = sum(line.asked_minor for line in facts.lines) + facts.credits_deducted_minor
    charged = sum(facts.law.charged.values())
    suspects = {demand, demand + charged, *(line.open_minor for line in facts.lines)}
    found = next((payment for payment in facts.loose_payments if payment in suspects), None)
    if found is None:
        return None
    amount = amount_words(found, facts.currency)
    return Block(
        "unmatched_money",
        f"An unmatched payment of {amount} may be for this debt. Match it to release the letter.",
    )


def disputed(facts: GateFacts) -> Block | None:
    """Part of what the letter asks for is disputed."""
    for line in facts.lines:
        if line.open_minor - line.disputed_minor < line.asked_minor and line.disputed_minor:
            return Block("disputed", f"{line.what} {line.number} is disputed. Resolving the dispute releases it.")
    return None


def in_plan(facts: GateFacts) -> Block | None:
    """Part of what the letter asks for is in a payment plan."""
    for line in facts.lines:
        if line.in_plan:
            return Block(
                "plan", f"{line.what} {line.number} is being paid by a payment plan. Reminders rest while it is kept."
            )
    return None


def bank_data_old(facts: GateFacts) -> Block | None:
    """We cannot know who has paid: the newest bank data is too old."""
    if facts.bank_data_max_age_days is None:
        return None
    if facts.newest_bank_data is None:
        return Block("bank_data_old", "No payments have been imported yet, so sending is held. Import bank data.")
    age = (facts.today - facts.newest_bank_data).days
    if age <= facts.bank_data_max_age_days:
        return None
    return Block("bank_data_old", f"Bank data is {age} days old: sending is held. Import newer payments.")
