"""What each rule of care does, in one sentence: what the settings page and the shell show beside its value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kulant.core.words import amount_words
from kulant.relationship.rulebook import Change


@dataclass(frozen=True, slots=True)
class Words:
    """A rule as people read it. ``unit`` stands behind its value."""

    field: str
    title: str
    does: str
    unit: str = ""


GROUPS: tuple[tuple[str, tuple[Words, ...]], ...] = (
    (
        "Danger zone",
        (
            Words(
                "danger_gap_days",
                "Longest silence",
                "After so long without real contact a person calls before any letter.",
                "days",
            ),
            Words(
                "danger_gap_times",
                "Times their own usual gap",
                "Whoever is seldom spoken with may be silent so many times their own median gap.",
                "times",
            ),
            Words(
                "danger_request_days",
                "Unanswered requests",
                "A request that waits longer for our answer puts the customer in the danger zone.",
                "working days",
            ),
        ),
    ),
    (
        "Attachment and keepability",
        (
            Words(
                "contact_fresh_days",
                "Fresh contact",
                "A real contact not older than this counts in full towards attachment.",
                "days",
            ),
            Words(
                "attachment_low",
                "Low attachment",
                "Below so many of 100 points the list's filter calls attachment low.",
                "points",
            ),
            Words(
                "keepability_high",
                "Kindness keeps",
                "From so much more likely to stay, the list's filter says that kindness is believed to keep them.",
                "%",
            ),
        ),
    ),
    (
        "Strikes against us",
        (
            Words(
                "strike_months",
                "Strikes count for",
                "A bad experience that we gave a customer is remembered so long.",
                "months",
            ),
            Words(
                "strikes_stop",
                "Strikes that stop",
                "From so many on nothing automatic goes out, and trust counts as lost.",
                "strikes",
            ),
        ),
    ),
    (
        "Our answers",
        (
            Words(
                "request_answer_days",
                "Answering a request",
                "So soon a person answers what a customer asks; later is a strike.",
                "working days",
            ),
            Words(
                "complaint_answer_days",
                "Answering a complaint",
                "So soon a person answers a complaint; later is a strike.",
                "working days",
            ),
        ),
    ),
    (
        "Expectation check",
        (
            Words(
                "check_after_days",
                "Asked after",
                "So long after the first paid invoice somebody calls and asks what was expected and what was got.",
                "days",
            ),
            Words(
                "check_within_days",
                "Asked within",
                "So long after that day it is too late to ask for first impressions.",
                "days",
            ),
            Words(
                "check_gap",
                "A gap from",
                "Getting so many points less than expected is a gap that somebody puts right.",
                "points",
            ),
            Words(
                "check_low", "Low up to", "Getting no more points than this is a gap whatever was expected.", "points"
            ),
        ),
    ),
    (
        "Phases",
        (
            Words(
                "phases",
                "Phases of the relationship",
                "The last phase whose conditions a customer meets is theirs; it is shown, and the tone follows it "
                "where a ladder's tone ceiling names it.",
            ),
        ),
    ),
    (
        "Save desk",
        (
            Words(
                "save_desk",
                "Who saves them",
                "A valuable customer about to leave goes to the person named for their grade.",
            ),
            Words(
                "save_below",
                "About to leave below",
                "A customer less likely than this to be still active is given to the save desk.",
                "%",
            ),
            Words(
                "save_again_days",
                "Not again for",
                "A case that was closed is not opened again so long for what was known before.",
                "days",
            ),
        ),
    ),
    (
        "Lost customers",
        (
            Words(
                "lost_below",
                "Lost below",
                "A silent customer less likely than this to be still active counts as lost …",
                "%",
            ),
            Words("lost_months", "… for so long", "… when it has been so for so many months running.", "months"),
            Words(
                "exit_call_days",
                "Exit call within",
                "So soon somebody calls a lost customer and asks why.",
                "working days",
            ),
        ),
    ),
    (
        "Money",
        (
            Words(
                "concession_cap",
                "Cap concessions",
                "A concession may cost no more than it is believed to keep; above it somebody says why.",
            ),
            Words(
                "financing_rate",
                "Waiting for money costs",
                "A year's interest with which the cost of waiting is reckoned into a concession.",
                "%",
            ),
            Words(
                "replacement_cost",
                "Replacing a customer costs",
                "What winning a new customer costs, shown beside the value of those you have.",
            ),
            Words(
                "cost_to_serve_share",
                "Serving a customer costs",
                "So much of the margin is taken off before break-even is reckoned.",
                "%",
            ),
        ),
    ),
    (
        "Learning",
        (
            Words(
                "draw_lots",
                "Draw lots between near-ties",
                "Where treatments are worth the same within three percent, chance chooses, so that outcomes teach.",
            ),
        ),
    ),
)

BY_FIELD = {words.field: words for _, some in GROUPS for words in some}


def value_words(field: str, value: Any) -> str:
    """A rule's value as one says it."""
    if value is None:
        return "not set"
    if field == "phases":
        return ", ".join(phase["name"] for phase in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if field == "replacement_cost":
        return ", ".join(amount_words(minor, currency) for currency, minor in sorted(value.items())) or "not set"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {one}" for key, one in sorted(value.items())) or "nobody"
    unit = BY_FIELD[field].unit
    if unit == "%":
        return f"{100 * value:.4g}\u00a0%"
    return f"{value:g} {unit}".strip() if isinstance(value, int | float) else str(value)


def change_words(change: Change) -> str:
    """A change between two versions: what it was and what it became."""
    title = BY_FIELD[change.field].title
    before, after = (value_words(change.field, value) for value in (change.before, change.after))
    if before == after:
        return f"{title}: conditions changed"
    return f"{title}: {before} → {after}"
