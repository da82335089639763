"""The words of the desk for codes: treatments, channels, states, moments on the timeline."""

from __future__ import annotations

from datetime import date

from kulant.treatment.words import treatment_words

CHANNEL_WORDS = {"email": "by e-mail", "letter": "by post", "call": "by phone", "task": "as a task"}
STATUS_WORDS = {
    "proposed": "Proposed step",
    "approved": "Approved, in the outbox",
    "blocked": "Blocked at the send gate",
    "sent": "Sent",
    "dismissed": "Dismissed",
    "done": "Done",
    "superseded": "No longer current",
}
STEP_WORDS = {
    "courtesy": "Courtesy note",
    "reminder": "Reminder",
    "fee_reminder": "Reminder with fee",
    "final_reminder": "Final reminder",
    "formal_notice": "Formal notice",
    "hand_over": "Hand-over",
}


def sentence_case(words: str) -> str:
    """The words with a capital first letter, the rest untouched."""
    return words[:1].upper() + words[1:]


def title_of(treatment: str) -> str:
    """The treatment as a heading."""
    return sentence_case(treatment_words(treatment))


def approve_words(treatment: str, channel: str, document: str | None) -> str:
    """What pressing the one primary button does."""
    if channel == "call":
        return "Approve the call"
    if channel == "task":
        return "Approve the task"
    if treatment == "payment_plan":
        return "Approve and offer the plan"
    return "Approve and send" if document else "Approve"


def moment_words(kind: str) -> str:
    """A kind of event on the timeline in words."""
    return _MOMENTS.get(kind) or sentence_case(kind.replace("_", " "))


_MOMENTS = {
    "proposal_withdrawn": "Withdrawn",
    "call": "Call",
    "call_unanswered": "Call, nobody reached",
    "email": "E-mail",
    "says_paid": "Says it is paid",
    "hold_placed": "Hold",
    "hold_released": "Hold released",
    "promise_made": "Promise",
    "promise_kept": "Promise kept",
    "promise_broken": "Promise broken",
    "plan_offered": "Plan offered",
    "plan_accepted": "Plan accepted",
    "plan_completed": "Plan completed",
    "plan_broken": "Plan broken",
    "plan_active": "Plan begun",
    "plan_late": "Plan late",
    "plan_renegotiated": "Plan agreed anew",
    "plan_cancelled": "Plan cancelled",
    "plan_expired": "Offer let pass",
    "plan_changed": "Plan changed",
    "plan_reopened": "Owed beside a plan",
    "plan_proposed": "Own plan proposed",
    "plan_proposal_accepted": "Own plan accepted",
    "plan_proposal_declined": "Own plan declined",
    "plan_approval_asked": "Second person asked",
    "plan_approved": "Offer approved",
    "plan_offer_added": "Offer added",
    "plan_paid": "Plan paid",
    "plan_payment_reversed": "Payment returned",
    "proposal_approved": "Approved",
    "proposal_dismissed": "Dismissed",
    "proposal_edited": "Edited",
    "approval_undone": "Undone",
    "dispute_opened": "Dispute",
    "dispute_resolved": "Dispute resolved",
    "letter_sent": "Letter sent",
    "task_done": "Done",
    "payment_charged_back": "Payment returned",
    "chargeback": "Payment returned",
    "commitment_made": "We promised",
    "commitment_kept": "We kept",
    "commitment_broken": "We did not keep",
    "concern_given": "Given",
    "strike_added": "Strike",
    "strike_withdrawn": "Strike withdrawn",
    "check_closed": "Expectation check closed",
    "customer_lost": "Lost",
    "customer_returned": "Came back",
    "loss_explained": "Why they left",
}


def ago(day: date, today: date) -> str:
    """How long ago, roughly, as one says it."""
    days = (today - day).days
    if days < 0:
        return "to come"
    if days == 0:
        return "today"
    if days < 60:
        return f"{days} day{'s' if days != 1 else ''} ago"
    return f"{round(days / 30.4)} months ago" if days < 730 else f"{days // 365} years ago"
