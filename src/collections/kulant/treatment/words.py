"""The names of treatments and documents in words, as the clerk reads them."""

_WORDS = {
    "none": "nothing to do",
    "hold": "hold",
    "thank_you": "thank-you",
    "apology": "apology",
    "courtesy": "courtesy note before the due date",
    "reminder": "friendly reminder",
    "call": "call",
    "payment_plan": "offer a payment plan",
    "fee_waiver": "waive the fees",
    "fee_reminder": "reminder with a fee",
    "final_reminder": "final reminder",
    "formal_notice": "formal notice",
    "hand_over": "hand over to collection",
    "plan_offer": "payment plan offer",
    "plan_accepted": "payment plan agreement",
}


def hold_words(channel: str) -> str:
    """What happens while letters wait, in lower case: who does something instead."""
    return {"call": "call before any letter", "task": "no letter; a person looks at it"}.get(channel, "hold")


def treatment_words(treatment: str) -> str:
    """The treatment in words, starting in lower case."""
    return _WORDS.get(treatment, treatment.replace("_", " "))


def charge_words(kind: str, invoice: str | None) -> str:
    """A charge in words, starting with a capital; empty for what is none."""
    name = {"fee": "Fee", "interest": "Interest", "compensation": "Compensation"}.get(kind, "")
    return f"{name} on {invoice}" if name and invoice else name
