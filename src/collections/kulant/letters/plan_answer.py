"""The answer to a plan a customer proposed that we could not agree to: the clerk's words, and what is open. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kulant.i18n import Translator
from kulant.letters import plain
from kulant.letters.own_texts import OwnText, in_words
from kulant.letters.receipt import KIND
from kulant.letters.sheet import Parties, finished, link_box
from kulant.letters.wording import Prose

WHAT = "proposal_declined"


def plan_answer(
    to: Parties, *, words: str, reference: str, portal_url: str | None = None, own: OwnText | None = None
) -> dict[str, Any]:
    """The answer as plain data; ``words`` are those of the person who answered, ``own`` the creditor's text."""
    content, t = to.sheet(KIND)
    values = to.names() | {"words": plain.line(words), "reference": plain.line(reference)}
    said, opening = in_words(own, values, declined_words(values, t))
    content |= {
        **said,
        "offer": link_box(
            t.gettext("Your own page"), t.gettext("There you see where things stand, at any time."), portal_url, t
        ),
    }
    content["facts"] |= {"what": WHAT, "reference": plain.line(reference)}
    return finished(content, opening, t)


def declined_words(v: Mapping[str, Any], t: Translator) -> Prose:
    """The shipped words."""
    lead = t.gettext("Thank you for your proposal to pay in parts. We cannot agree to it as it stands.")
    again = t.gettext("You can choose another plan, or propose once more.")
    return Prose(t.gettext("About your proposal"), lead, (v["words"], again), short=lead)
