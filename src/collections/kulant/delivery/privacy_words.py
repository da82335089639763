"""What customers read beside the data they asked for: what each file is, why it is kept and for how long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

from kulant.delivery.privacy_nouns import Group
from kulant.i18n import Translator, long_date
from kulant.law.retention import Kept


@dataclass(frozen=True, slots=True)
class FileWords:
    """A row of the index: the files of a group, and what is said of them."""

    names: tuple[str, ...]
    title: str
    why: str
    how_long: str


@dataclass(frozen=True, slots=True)
class Index:
    """The whole index, in one language."""

    language: str
    title: str
    lead: str
    rights: str
    heads: tuple[str, str, str, str]
    rows: tuple[FileWords, ...]
    logic_title: str
    logic: tuple[str, ...]
    missing: tuple[str, ...]


def title_of(t: Translator, group: Group) -> str:
    """What the files of a group are."""
    return {
        "who": t.gettext("Who you are and how you can be reached"),
        "account": t.gettext("Your account: invoices, payments, disputes and balances"),
        "agreements": t.gettext("Payment plans, promises and what you proposed"),
        "sent": t.gettext("What we sent you"),
        "told": t.gettext("What you told us and the files you gave us"),
        "assessed": t.gettext("How we assess you as a customer, with the reasons"),
        "decided": t.gettext("What was proposed and decided about you, with what was weighed"),
        "log": t.gettext("What happened, in the order it happened"),
    }[group]


def why_of(t: Translator, group: Group) -> str:
    """Why a group is kept."""
    if group in ("account", "agreements"):
        return t.gettext("To keep the books, which the law asks of us, and to fulfil what was agreed with you.")
    if group == "sent":
        return t.gettext("To show what was asked of you, when and why, as bookkeeping law and fair collection require.")
    if group in ("who", "told"):
        return t.gettext("To reach you, to answer you and to take what you tell us into account.")
    if group == "log":
        return t.gettext("To be able to show afterwards what was done and that it was right.")
    return t.gettext(
        "To ask for payment no more firmly than is right, and to leave alone whoever should be left alone."
    )


def how_long(t: Translator, kept: Kept | None) -> str:
    """How long a group is kept: by bookkeeping law, or until it is asked to be erased."""
    if kept is None:
        return t.gettext("Until you ask us to erase it and nothing is open between us any more.")
    return t.gettext(
        "At least until %(day)s, because bookkeeping law requires it (%(rule)s).",
        day=long_date(kept.until, t.language),
        rule=kept.rule,
    )


def index_words(
    t: Translator,
    *,
    creditor: str,
    name: str,
    number: str,
    today: date,
    files: Mapping[Group, Sequence[str]],
    kept: Mapping[Group, Kept | None],
    missing: Sequence[str] = (),
) -> Index:
    """The index of these files."""
    return Index(
        language=t.language,
        title=t.gettext("What %(creditor)s knows about you", creditor=creditor),
        lead=t.gettext(
            "This is everything that %(creditor)s keeps in its collection program about %(name)s, customer number "
            "%(number)s, on %(day)s. The files ending in .json can be read by people and by programs.",
            creditor=creditor,
            name=name,
            number=number,
            day=long_date(today, t.language),
        ),
        rights=t.gettext(
            "You may ask us to correct what is wrong, to use it less or to erase it, and you may object to how we use "
            "it. If you think that we do wrong, you may complain to the data protection authority of your country."
        ),
        heads=(t.gettext("File"), t.gettext("What it is"), t.gettext("Why we keep it"), t.gettext("How long")),
        rows=tuple(
            FileWords(tuple(names), title_of(t, group), why_of(t, group), how_long(t, kept.get(group)))
            for group, names in files.items()
            if names
        ),
        logic_title=t.gettext("How the assessment works"),
        logic=_logic(t),
        missing=tuple(t.gettext("The file %(name)s could not be found.", name=each) for each in missing),
    )


def _logic(t: Translator) -> tuple[str, ...]:
    return (
        t.gettext(
            "From the days and amounts of your purchases the program estimates how likely it is that you still buy, "
            "and what that is worth in the next twelve months. Customers are then graded from A to D by that value; "
            "the grade's reasons stand beside it. From the days on which you paid it estimates how likely it is that "
            "an invoice is paid late."
        ),
        t.gettext(
            "When something is overdue, the program ranks what could be done by what each way is expected to bring and "
            "cost, and never proposes what the law forbids. For a private person the grade decides nothing, and a "
            "person decides about anything firmer than a reminder."
        ),
    )


def index_html(index: Index) -> str:
    """The index as a page that needs nothing else."""
    rows = "\n".join(
        "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>".format(
            "<br>".join(f'<a href="{escape(name)}"><code>{escape(name)}</code></a>' for name in row.names),
            *(escape(text) for text in (row.title, row.why, row.how_long)),
        )
        for row in index.rows
    )
    heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in index.heads)
    logic = "\n".join(f"<p>{escape(text)}</p>" for text in index.logic)
    missing = "".join(f"<p><strong>{escape(text)}</strong></p>\n" for text in index.missing)
    return f"""<!doctype html>
<html lang="{index.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(index.title)}</title>
<style>{_LOOK}</style>
</head>
<body>
<h1>{escape(index.title)}</h1>
<p>{escape(index.lead)}</p>
{missing}<div class="wide"><table>
<thead><tr>{heads}</tr></thead>
<tbody>
{rows}
</tbody>
</table></div>
<h2>{escape(index.logic_title)}</h2>
{logic}
<p>{escape(index.rights)}</p>
</body>
</html>
"""


_LOOK = (
    ":root{color-scheme:light dark}body{font:1rem/1.55 system-ui,sans-serif;max-width:64rem;margin:2rem auto;"
    "padding:0 1rem}.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;margin:1.5rem 0}"
    "th,td{text-align:left;vertical-align:top;padding:.6rem .9rem .6rem 0;border-bottom:1px solid #8886}"
    "td:first-child{min-width:18rem}a{color:inherit}code{font-size:.85em;overflow-wrap:anywhere}h1{font-size:1.6rem}h2{font-size:1.15rem}"
    "@media(max-width:40rem){thead{position:absolute;clip-path:inset(50%)}tr,td{display:block}td:first-child{min-width:0}"
    "td{border:0;padding:.15rem 0}tr{border-bottom:1px solid #8886;padding:.8rem 0}}"
)
