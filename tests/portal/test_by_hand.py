"""What only a person may set off, and what nobody can talk the portal into: other hosts, other sites, other links."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient

from kulant.delivery.models import Delivery
from kulant.plans.links import code_of
from kulant.plans.models import PortalLink
from kulant.plans.models_portal import OneTimeCode
from tests.portal.conftest import Browser, Story
from tests.portal.test_ways_in import BY_HAND, CHECK, Forms, as_it_stands, everything_filled, expire

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_a_program_that_meets_a_closed_link_mails_nothing_however_far_it_goes(client: TestClient, story: Story) -> None:
    expire(story)
    for fill in (as_it_stands, everything_filled):
        page = client.get(f"/p/{story.token}?lang=en")
        for _ in range(3):
            forms = Forms()
            forms.feed(page.text)
            for _method, action, fields in forms.forms:
                page = client.post(action, data=fill(fields))
    assert story.rows(Delivery) == []


def test_a_person_with_an_older_browser_ticks_a_box_instead(client: TestClient, story: Story) -> None:
    expire(story)
    asked = client.post(f"/p/{story.token}/fresh?lang=en")
    assert "Yes, I pressed the button myself" in asked.text
    assert "Look in your mailbox" in client.post(f"/p/{story.token}/fresh?lang=en", data={"mine": "yes"}).text
    assert [row.kind for row in story.rows(Delivery)] == ["fresh_link"]


def test_codes_are_mailed_to_people_and_not_often(browser: Browser, story: Story) -> None:
    sealed = browser.sealed(CHECK)
    address, fields = f"{browser.path}/parts/code?n=2", {"sealed": sealed, "day": "15", "name": "Test Testesen"}
    silent = browser.client.post(address, data=fields)
    assert "We have mailed you a code" not in silent.text and 'value="Test Testesen"' in silent.text
    assert story.rows(OneTimeCode) == []
    answers = [browser.client.post(address, data=fields, headers=BY_HAND).status_code for _ in range(5)]
    assert answers == [200] * 4 + [429]
    assert len(story.rows(OneTimeCode)) == 4


def test_who_names_another_host_is_led_nowhere_else(client: TestClient, story: Story) -> None:
    elsewhere = {"host": "evil.example", "x-forwarded-host": "evil.example"}
    code = code_of(story.settings.secret_key(), story.rows(PortalLink)[0].nonce)
    for lang in ("", "?lang=//evil.example", "?lang=da"):
        answer = client.post(
            f"/p{lang}", data={"number": "C1", "code": code}, headers=elsewhere, follow_redirects=False
        )
        assert answer.status_code == 303
        assert answer.headers["location"].startswith(f"/p/{story.token}")
    for address in (f"/p/{story.token}", f"/p/{story.token}/pay", "/p", "/pay/x"):
        assert "evil.example" not in client.get(f"{address}?back=//evil.example", headers=elsewhere).text.replace(
            "back=%2F%2Fevil.example", ""
        )


def test_every_page_keeps_to_itself(browser: Browser) -> None:
    for name in ("", "pay", "parts", CHECK, "paid", "wrong", "help"):
        page, headers = browser.open(name), browser.page.headers
        assert headers["cache-control"] == "no-store" and headers["referrer-policy"] == "no-referrer"
        assert headers["x-robots-tag"] == "noindex, nofollow" and headers["x-content-type-options"] == "nosniff"
        policy = headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy and "unsafe" not in policy and "default-src 'none'" in policy
        assert re.findall(r"""(?:src|href|action)=["'](?:https?:)?//[^"']*""", page) == [], name


def test_how_long_a_fresh_link_takes_cannot_depend_on_what_is_found(
    client: TestClient, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    monkeypatch.setattr("kulant.portal.entry.mail_fresh_link", lambda act, old: order.append("mailed"))

    class Watched:
        """What the server hands over, in its order."""

        def __init__(self, app: object) -> None:
            self.app = app

        async def __call__(self, scope, receive, send):  # type: ignore[no-untyped-def]
            async def told(message: dict[str, object]) -> None:
                if message["type"] == "http.response.body":
                    order.append("answered")
                await send(message)

            await self.app(scope, receive, told)  # type: ignore[operator]

    answer = TestClient(Watched(client.app)).post(f"/p/{story.token}/fresh", headers=BY_HAND)
    assert answer.status_code == 200 and order.index("answered") < order.index("mailed")
