"""The send gate about the relationship: promises, holds, complaints, our own mistakes, how often they heard. Pure."""

from __future__ import annotations

from datetime import date, timedelta

from kulant.core.words import day_words
from kulant.delivery.gate_facts import Block, GateFacts
from kulant.relationship.pressure import EXEMPT, free_again
from kulant.relationship.why_late import FOR_A_PERSON, WORDS


def promised(facts: GateFacts) -> Block | None:
    """The customer has promised to pay and the day has not passed."""
    if facts.promise_due is None or facts.promise_due < facts.today:
        return None
    return Block(
        "promise",
        f"The customer has promised to pay by {day_words(facts.promise_due)}. It waits until that day has passed.",
        facts.promise_due + timedelta(days=1),
    )


def held(facts: GateFacts) -> Block | None:
    """The customer, or an invoice of the letter, is on hold."""
    if facts.no_dunning:
        words = "This customer is marked as never to be reminded. Taking that mark away releases it."
        return Block("no_dunning", words)
    if facts.customer_held_until is not None:
        return _hold("The customer", facts.customer_held_until)
    for line in facts.lines:
        if line.held_until is not None:
            return _hold(f"{line.what} {line.number}", line.held_until)
    return None


def _hold(what: str, until: date) -> Block:
    text = f"{what} is on hold until {day_words(until)}. It waits until then."
    return Block("hold", text, until + timedelta(days=1))


def complaint(facts: GateFacts) -> Block | None:
    """The customer waits for our answer to a complaint."""
    if not facts.complaint_open:
        return None
    return Block("complaint", "A complaint of this customer waits for our answer. Answering it releases the letter.")


def struck(facts: GateFacts) -> Block | None:
    """We have made too many mistakes with this customer: a person speaks with them before anything is sent."""
    if facts.strikes < facts.strikes_stop or facts.channel in ("call", "task"):
        return None
    mistakes = "a mistake" if facts.strikes == 1 else f"{facts.strikes} mistakes"
    return Block(
        "strikes",
        f"We have made {mistakes} with this customer lately: a person speaks with them before anything is sent. "
        "Withdrawing a strike that was counted wrongly releases it.",
    )


def expectation_gap(facts: GateFacts) -> Block | None:
    """The customer got less than they expected, and nobody has put it right. Calls and plan offers go on."""
    if not facts.open_gap or facts.document is None:
        return None
    return Block(
        "expectation_gap",
        "The customer got less than they expected. Putting it right and saying how, on their page, releases it.",
    )


def unread_reply(facts: GateFacts) -> Block | None:
    """The customer has written to us and nobody has read it: what they say may change what we ask for."""
    if facts.unread_since is None or facts.channel in ("call", "task"):
        return None
    return Block(
        "unread_reply",
        f"The customer wrote to us on {day_words(facts.unread_since)}, and nobody has read it. Reading it releases it.",
    )


def late_for_a_reason(facts: GateFacts) -> Block | None:
    """Somebody has said since why they are late, and a person takes that before anything is asked."""
    if facts.document is None or facts.late_reason not in FOR_A_PERSON:
        return None
    why = WORDS[facts.late_reason].lower()
    return Block("late_reason", f"Why they are late: {why}. It waits until that reason is ended on their page.")


def contact_cap(facts: GateFacts) -> Block | None:
    """The customer has heard from us often enough lately, by whatever channel. The law's notices are not held back."""
    if facts.cap is None or facts.channel == "task" or facts.document in EXEMPT:
        return None
    free = free_again(facts.contacts, count=facts.cap.count, days=facts.cap.days, today=facts.today)
    if free is None:
        return None
    since = facts.today - timedelta(days=facts.cap.days)
    heard = sum(since < day <= facts.today for day in facts.contacts)
    return Block(
        "contact_cap",
        f"The customer has heard from us {heard} times in {facts.cap.days} days, calls, letters and e-mails together. "
        f"It leaves on {day_words(free)}.",
        free,
    )


def refused_address(facts: GateFacts) -> Block | None:
    """The e-mail address does not exist, or its owner wants nothing there."""
    if facts.refused_since is None or facts.channel != "email":
        return None
    return Block(
        "refused_address",
        f"Nothing is sent to this e-mail address since {day_words(facts.refused_since)}. "
        "Entering another address, or sending it as a letter, releases it.",
    )


def tone_ceiling(facts: GateFacts) -> Block | None:
    """The letter is firmer than the ladder lets this customer get."""
    if facts.ceiling is None or not facts.ceiling.is_below(facts.document):
        return None
    words = facts.ceiling.words()
    return Block(
        "tone_ceiling",
        f"{words[:1].upper()}{words[1:]}. A person decides: dismiss it and call, or change the ladder's ceiling.",
    )
