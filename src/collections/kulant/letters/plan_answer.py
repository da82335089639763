"""The answer to a plan a customer proposed that we could not agree to: the clerk's words, and what is open. Pure."""

from __future__ import annotations

from typing import Any

from kulant.letters import plain
from kulant.letters.receipt import KIND
from kulant.letters.sheet import Parties, finished, link_box

WHAT = "proposal_declined"


def plan_answer(to: Parties, *, words: str, reference: str, portal_url: str | None = None) -> dict[str, Any]:
    """The answer as plain data; ``words`` are those of the person who answered."""
    content, t = to.sheet(KIND)
    lead = t.gettext("Thank you for your proposal to pay in parts. We cannot agree to it as it stands.")
    content |= {
        "heading": t.gettext("About your proposal"),
        "lead": lead,
        "paragraphs": [plain.line(words), t.gettext("You can choose another plan, or propose once more.")],
        "offer": link_box(
            t.gettext("Your own page"), t.gettext("There you see where things stand, at any time."), portal_url, t
        ),
    }
    content["facts"] |= {"what": WHAT, "reference": plain.line(reference)}
    return finished(content, lead, t)
