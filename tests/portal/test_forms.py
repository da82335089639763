"""The forms that came with a letter of claim can be read on the customer's page, by eye or by ear."""

from __future__ import annotations

from kulant.letters.models import Document
from kulant.transaction import doing
from tests.letters.test_enclosures import claim
from tests.portal.conftest import TODAY, Browser, Story


def test_the_forms_of_the_newest_letter_are_there_word_for_word(story: Story, browser: Browser) -> None:
    assert "Information sheet" not in browser.open("forms")  # nothing was enclosed: the customer's own page
    assert "href" in browser.page.text and browser.page.status_code == 200
    letter = claim()
    with doing(story.settings, actor="test") as act:
        document = Document(
            creditor_id=story.creditor.id, customer_id=story.customer.id, key="claim", kind="formal_notice",
            language="en", on=TODAY, content=letter, sha256="0" * 64, pages=6, created_at=act.now,
        )  # fmt: skip
        act.session.add(document)
    page = browser.open("forms")
    for form in letter["enclosures"]:
        assert form["title"] in page and all(part["heading"] in page for part in form["parts"])
    assert "StepChange Debt Charity, 0800 138 1111, stepchange.org" in page
    assert page.count('lang="en"') >= 3 and page.count("<h1") == 1
