"""The mail with a one-time code. It names the creditor and the code, and nothing of what is owed. Pure."""

from __future__ import annotations

from typing import Any

from kulant.letters.sheet import Parties, finished

KIND = "one_time_code"
_LOOKS_LIKE = "fresh_link"  # as bare as that one


def one_time_code(to: Parties, *, code: str, minutes: int) -> dict[str, Any]:
    """The mail as plain data; the code works for so many minutes from when it was asked for."""
    content, t = to.sheet(_LOOKS_LIKE)
    lead = t.gettext("Your code is %(code)s.", code=code)
    content |= {
        "kind": KIND,
        "particulars": content["particulars"][:1],
        "recipient": content["recipient"] | {"customer_number": ""},
        "greeting": t.gettext("Hello,"),
        "heading": t.gettext("Your code"),
        "lead": lead,
        "paragraphs": [
            t.gettext("Type it on the page where you asked for it. It works for %(minutes)s minutes.", minutes=minutes),
            t.gettext("Did you not ask for it? Then you need not do anything. Please tell nobody the code."),
        ],
    }
    content["facts"] = {key: value for key, value in content["facts"].items() if key != "customer"}
    return finished(content, lead, t)
