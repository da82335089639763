"""The words of the forms that go with a British letter of claim: ours, by the contents of the protocol's annexes.

Blanks in braces are filled from the claim. A block is plain data: text, a list, boxes to tick, lines to write on, or
sums to add up; ``templates/letters/enclosures.html`` draws each kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Block = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a form under one heading. ``names_advisers``: the list of who advises free of charge follows."""

    heading: str
    blocks: tuple[Block, ...]
    names_advisers: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """A form of one or two pages."""

    title: str
    lead: str
    parts: tuple[Part, ...]


def _text(words: str) -> Block:
    return {"form": "text", "text": words}


def _list(*items: str) -> Block:
    return {"form": "list", "items": items}


def _box(letter: str, words: str, *lines: str) -> Block:
    """A box to tick, with lines to write on under it."""
    return {"form": "box", "letter": letter, "text": words, "lines": lines}


def _lines(*labels: str) -> Block:
    return {"form": "lines", "lines": labels}


def _sums(head: str, rows: tuple[str, ...], total: str) -> Block:
    return {"form": "sums", "head": (head, "£ a month"), "rows": rows, "total": total}


def _debts(head: tuple[str, ...], rows: tuple[str, ...], total: str) -> Block:
    return {"form": "sums", "head": head, "rows": rows, "total": total}


INFORMATION = Form(
    "Information sheet",
    "{creditor} says that you owe {total}. This sheet explains what you can do, and where to get help free of charge.",
    (
        Part(
            "Please answer by {answer_by}",
            (
                _text(
                    "You have 30 days from the date at the top of the letter ({dated}). Fill in the reply form that "
                    "comes with it and send it back. If you need more time to get advice, say so on the form."
                ),
                _text(
                    "If you do not answer within that time, {creditor} may start a claim at court without writing "
                    "to you again. Please do not leave it, even if you think that the claim is wrong."
                ),
            ),
        ),
        Part(
            "If you agree that you owe the money",
            (
                _list(
                    "Pay it, if you can. The letter says how.",
                    "If you cannot pay all of it now, say on the reply form what you can afford. Fill in the form "
                    "about your money too. It shows what is left once you have paid for what you need to live.",
                    "{creditor} must look at your offer. If it says no, it must write and tell you why.",
                    "As long as you keep to what you have both agreed, there is no claim at court.",
                ),
            ),
        ),
        Part(
            "If you do not agree, or are not sure",
            (
                _list(
                    "Tick the box that fits on the reply form, and say what you think is wrong.",
                    "You can ask for papers, such as a copy of the agreement or a full list of what was charged and "
                    "paid. Within 30 days you must be sent them, or be told why they cannot be sent.",
                    "Send copies of whatever shows that you are right. Keep the originals.",
                    "Both sides should try to settle the matter without a court. You may ask for mediation, or for "
                    "an ombudsman where there is one for the trade.",
                ),
            ),
        ),
        Part(
            "What happens after you have answered",
            (
                _list(
                    "No claim may be started for 30 days after your reply form has arrived, nor for 30 days after "
                    "you were sent the papers that you asked for.",
                    "If you are getting advice about debt, you must be given a reasonable time for it. Say on the "
                    "form from whom you get it, and when.",
                    "If you cannot agree, {creditor} should give you at least 14 days' notice before it starts a "
                    "claim.",
                ),
            ),
        ),
        Part(
            "If there is a claim at court",
            (
                _text(
                    "The court sends you papers, which you must answer too. If it decides that you owe the money, "
                    "court fees, legal costs and interest may be added. A judgment that is not paid within a month "
                    "stands in a public register for six years, which can make it harder to get credit."
                ),
                _text("You may still pay or make an offer at any time."),
            ),
        ),
        Part(
            "Advice that is free, confidential and independent",
            (
                _text(
                    "These can help you to understand the letter, to fill in the forms and to speak to those you owe. "
                    "They do not charge you. Show them this sheet and the letter."
                ),
            ),
            names_advisers=True,
        ),
    ),
)

REPLY = Form(
    "Reply form",
    "Please fill in what concerns you, sign it, and send it back by {answer_by}. Keep a copy for yourself.",
    (
        Part("1. About you", (_lines("Your full name", "Address and postcode", "Telephone or e-mail"),)),
        Part(
            "2. Do you owe the money? Tick one box",
            (
                _box("A", "I agree that I owe all of it. Go to part 3."),
                _box(
                    "B",
                    "I owe some of it, but not all. Go to part 3 for what I do owe.",
                    "I owe this much: £",
                    "I do not owe the rest because",
                    "",
                ),
                _box("C", "I do not know whether I owe it. Go to part 4 or 5.", "I am not sure because", ""),
                _box("D", "I do not owe it. Go to part 5.", "I do not owe it because", "", ""),
            ),
        ),
        Part(
            "3. How do you want to pay?",
            (
                _box("E", "I am paying now all that I owe, in the way the letter says."),
                _box("F", "I will pay it later.", "All of it by this date"),
                _box(
                    "G",
                    "I would like to pay in parts. I have filled in the form about my money.",
                    "I can pay each time: £",
                    "Every week, fortnight or month, from this date",
                ),
                _box("H", "I cannot pay anything at the moment. I have filled in the form about my money."),
            ),
        ),
        Part(
            "4. Are you getting advice about debt?",
            (
                _box(
                    "I",
                    "Yes, or I am going to. Please give me time until I have had it.",
                    "From whom",
                    "On this date (if you have an appointment)",
                ),
            ),
        ),
        Part(
            "5. Papers",
            (
                _box("J", "Please send me copies of these papers, or this information.", "What I need", "", ""),
                _box("K", "I enclose copies of papers that show what I say.", "What I enclose", ""),
            ),
        ),
        Part("6. Signature", (_lines("Signed", "Name in capitals", "Date"),)),
    ),
)

MONEY = Form(
    "Your money: a financial statement",
    "Fill this in if you want to pay over time, or cannot pay. Leave empty what does not concern you. "
    "An adviser can help you with it, free of charge, and may use the Standard Financial Statement instead.",
    (
        Part(
            "1. Your home and work",
            (
                _lines(
                    "Adults and children in your home",
                    "People who depend on you",
                    "Your work (employed, self-employed, not working, retired, student)",
                    "Your home (owned, mortgaged, rented, with family, other)",
                ),
            ),
        ),
        Part(
            "2. What comes in, and what goes out",
            (
                _sums(
                    "Coming in, after tax",
                    (
                        "Your pay or business income",
                        "Your partner's pay",
                        "Benefits and tax credits",
                        "Pensions",
                        "Child maintenance",
                        "Anything else",
                    ),
                    "All that comes in (a)",
                ),
                _sums(
                    "Going out",
                    (
                        "Rent or mortgage",
                        "Council tax",
                        "Gas, electricity, water",
                        "Food and things for the home",
                        "Telephone, internet, TV licence",
                        "Travel and car",
                        "Children, school, care",
                        "Health, clothes",
                        "Insurance, pension",
                        "Maintenance you pay",
                        "Anything else",
                    ),
                    "All that goes out (b)",
                ),
            ),
        ),
        Part(
            "3. What you have, and what else you owe",
            (
                _sums(
                    "Payments you are behind with, or that a court has ordered",
                    (
                        "Rent or mortgage",
                        "Council tax",
                        "Gas, electricity, water",
                        "Fines, maintenance, tax",
                        "Court judgments",
                    ),
                    "Paid for these (c)",
                ),
                _debts(
                    ("Other debts: to whom", "£ owed", "£ a month"),
                    ("", "", "", ""),
                    "Paid for these (d)",
                ),
                _lines("Savings, and things of value that you could sell (£)"),
            ),
        ),
        Part(
            "4. What is left",
            (
                _lines(
                    "What is left each month: a, less b, less c, less d (£)",
                    "Of this I can offer {creditor} (£ a month)",
                ),
                _text("What I have written here is true, as far as I know."),
                _lines("Signed", "Date"),
            ),
        ),
    ),
)
