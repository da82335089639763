"""Each operation of the API once, as a program would use it; every answer is as described."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any

import httpx

from kulant.delivery.mail_incoming import read_incoming
from kulant.delivery.refused import refuse_address
from kulant.delivery.replies import take_in
from kulant.people.service import find_creditor
from kulant.plans.choices import Wish
from kulant.plans.late_plans import look_after
from kulant.plans.own_offers import offer_own
from kulant.settings import Settings
from kulant.transaction import doing
from tests.api.conftest import Program, token_of
from tests.api.described import check, operation_of, operations
from tests.support import factories as make
from tests.support.mails import create_reply

LADDER = "ladder: mine\nsteps:\n  - {code: a, document: reminder, after: {days: 10}}\n"
FACTS = {"today": "2026-11-22", "country": "NO", "currency": "NOK", "invoices": []}
CLAIM = {
    "country": "NO", "debtor": "business", "currency": "NOK", "as_of": "2026-01-31",
    "invoices": [{"number": "1", "principal": "100000.00", "due": "2025-12-15"}],
}  # fmt: skip
CONTACT = {"interaction_id": "i-1", "customer": "K1", "date": "2026-11-20", "kind": "call", "text": "They called."}
PICTURE = (  # a white square
    "iVBORw0KGgoAAAANSUhEUgAAACAAAAAgAQAAAABbAUdZAAAAEUlEQVR4nGP8z8DAwMQwaAkAswEBPxOv44gAAAAASUVORK5CYII="
)
FILE = b"customer_id,invoice_number,due_date,amount,currency\nK1,X1,2026-10-01,100.00,NOK\n"


class Visitor:
    """Calls operations and remembers which have answered well."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.seen: set[tuple[str, str]] = set()

    def __call__(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """Calls an address about Nordlys Engros; the answer must be good and as described."""
        operation = operation_of(method, path.partition("?")[0])
        assert operation is not None, path
        sent = more if body is None else {"json": body, **more}
        answer: httpx.Response = self.program(method, path, headers={"Kulant-Creditor": "NORD"}, **sent)
        assert answer.status_code < 300, (path, answer.text)
        check(answer, operation)
        self.seen.add(operation)
        return answer.json() if answer.headers["content-type"] == "application/json" else answer.content

    def get(self, *paths: str) -> None:
        """Looks at each of them."""
        for path in paths:
            self("GET", path)

    def post(self, path: str, body: Any = None, **more: Any) -> Any:
        """Does something."""
        return self("POST", path, body, **more)


def test_each_operation_does_what_it_says(admin: Program, portfolio: Settings) -> None:
    with doing(portfolio, actor="test") as act:
        nord = find_creditor(act.session, "NORD")
        make.create_payment(act, nord, "500.00", number="P1")
        make.create_invoice(act, nord, make.create_customer(act, nord, "K3"), "50.00", number="INV-K3")
        reply = read_incoming(create_reply(sender="faktura@k1.example"))
        take_in(act, incoming=reply, received_at=datetime(2026, 11, 22, 12, 0, tzinfo=UTC))
        refuse_address(act, creditor_id=nord.id, customer_id=None, address="gone@x.example", why="mail came back")
        for number in ("L1", "L2"):
            make.create_invoice(act, nord, make.create_customer(act, nord, number), "9000.00", days_late=20)
    token_of(portfolio, "clerk", "read")
    visit = Visitor(admin)
    for part in (_look, _mail, _record, _pay, _plan, _care, _decide, _set_up):
        part(visit)
    _plans_of_others(visit, portfolio)
    _forget(visit, portfolio)
    clerks = next(one for one in visit("GET", "/tokens") if one["user"] == "clerk")
    assert visit.post(f"/tokens/{clerks['id']}/revoke")["status"] == "revoked"
    assert set(operations()) - visit.seen == set()


def _look(visit: Visitor) -> None:
    visit.get("/creditors", "/customers", "/customers/K1", "/customers/K1/items", "/customers/K1/timeline")
    visit.get("/customers/K1/explain", "/customers/K1/statement", "/customers/K1/statement.pdf", "/items/INV-K1/trace")
    visit.get("/customers/K1/late", "/customers/K1/commitments", "/customers/K1/strikes", "/worklist", "/proposals")
    visit.get("/proposals/1", "/proposals/1/decision?replay=true", "/documents", "/imports", "/payments", "/rules")
    visit.get("/policies", "/policies/standard", "/rates", "/law", "/law/NO", "/law/schema", "/doctor")
    visit.get("/books?from=2026-01-01&to=2026-12-31", "/books/file?from=2026-01-01&to=2026-12-31")
    for name in ("ageing", "forecast", "churn", "relationships", "plans", "promises", "wrongful", "dso", "cei"):
        visit.get(f"/reports/{name}", f"/reports/{name}?trace=true")


def _mail(visit: Visitor) -> None:
    [mail] = visit("GET", "/mail")
    assert visit.post(f"/mail/{mail['id']}/read", {"means": "request"})["read_by"] is not None
    [refused] = visit("GET", "/refused-addresses")
    assert visit.post(f"/refused-addresses/{refused['id']}/lift")["ended_on"] is not None


def _record(visit: Visitor) -> None:
    visit.post("/customers/K1/notes", {"kind": "complaint", "text": "It was broken.", "answer_by": "2026-12-01"})
    visit.post("/customers/K1/concerns/resolve", {"outcome": "sent a new one", "ended": "put_right"})
    for what in ("customers/K1", "invoices/INV-K1"):
        visit.post(f"/{what}/holds", {"until": "2026-12-01", "reason": "wait"})
        visit.post(f"/{what}/release")
    visit.post("/invoices/INV-K1/disputes", {"reason": "odd", "amount": "10.00"})
    visit.post("/invoices/INV-K1/disputes/resolve", {"outcome": "fine", "our_error": True})
    visit.post("/customers/K1/promises", {"amount": "100.00", "date": "2026-12-01"})
    visit.post("/customers/K1/interactions", CONTACT)
    assert visit.post("/interactions", {"interactions": [CONTACT]})["unchanged"] == 1
    taken = visit.post("/imports", files={"file": ("a.csv", FILE)})
    visit.get(f"/imports/{taken['id']}")


def _pay(visit: Visitor) -> None:
    visit.post("/payments/P1/match", {"invoices": [{"invoice": "INV-K1"}]})
    visit.post("/payments/P1/unmatch")
    visit.post("/payments/P1/match", {"customer": "K1"})
    visit.post("/payments/P1/move", {"to": "K2", "reason": "theirs"})
    visit.post("/customers/K2/refunds", {"amount": "5.00", "currency": "NOK", "reason": "twice"})
    visit.post("/invoices/INV-K3/write-off", {"reason": "small"})


def _plan(visit: Visitor) -> None:
    offered = visit.post("/customers/K2/plans", {})
    visit.post(f"/plans/{offered['id']}/accept", {"offer": "2"})
    visit.get(f"/plans/{offered['id']}")
    visit.post(f"/plans/{offered['id']}/change", {"kind": "skip", "dry_run": True})
    visit.post(f"/plans/{offered['id']}/change", {"kind": "skip"})
    visit.post(f"/plans/{offered['id']}/anew")
    visit.post(f"/plans/{offered['id']}/cancel", {})
    own = visit.post("/customers/K2/plan-offers", {"parts": 4, "shape": "graded"})
    assert len(own["offers"][-1]["amounts"]) == 4
    assert visit.post("/plan-limits", {"limits": {"most_instalments": 5}})["limits"]["most_instalments"] == 5
    visit.get("/plan-limits", "/plan-proposals")
    proposed = visit.post("/customers/K2/plan-proposals", {"parts": 9, "words": "Slowly."})
    assert (proposed["status"], len(visit("GET", "/plan-proposals"))) == ("waiting", 1)
    answer = {"accept": False, "words": "Five are possible."}
    assert visit.post(f"/plan-proposals/{proposed['id']}", answer)["status"] == "declined"


def _plans_of_others(visit: Visitor, settings: Settings) -> None:
    """An offer a clerk asked a second person about, and a plan that nobody paid."""
    with doing(settings, actor="clerk") as act:
        creditor = find_creditor(act.session, "NORD")
        customer = make.create_customer(act, creditor, "K9")
        make.create_invoice(act, creditor, customer, "9000.00", days_late=60)
        wish = Wish(count=12)
        asked, _ = offer_own(act, creditor=creditor, customer=customer, currency="NOK", wish=wish, why="They asked.")
    approved = visit.post(f"/plans/{asked.id}/approval", {"approve": True})
    assert approved["approval"] == "given"
    visit.post(f"/plans/{asked.id}/accept", {"offer": approved["offers"][0]["id"]})
    with doing(settings, actor="daily run", today=settings.today("NO") + timedelta(days=40)) as act:
        look_after(act, find_creditor(act.session, "NORD"))
    assert visit.post(f"/plans/{asked.id}/give-up", {"reason": "no answer"})["status"] == "broken"


def _care(visit: Visitor) -> None:
    for end in ("keep", "break"):
        made = visit.post("/customers/K1/commitments", {"text": "Send it.", "date": "2026-12-01"})
        visit.post(f"/commitments/{made['id']}/{end}", {"reason": "forgot"} if end == "break" else None)
    struck = visit.post("/customers/K1/strikes", {"text": "Invoiced twice."})
    visit.post(f"/strikes/{struck['id']}/withdraw", {"reason": "it was not"})
    visit.post("/customers/K2/late", {"reason": "forgot"})
    visit.post("/customers/K2/late/end")
    visit.post("/customers/K2/lost", {"reason": "moved", "text": "To Spain."})
    visit.post("/customers/K2/lost/back")


def _decide(visit: Visitor) -> None:
    visit.post("/run", {})
    waiting = {one["customer"]: one for one in visit("GET", "/proposals?status=proposed")["data"]}
    first, second = waiting["L1"], waiting["L2"]
    visit.post(f"/proposals/{first['id']}/choose", {"treatment": "call", "code": "spoke_with_them"})
    visit.post(f"/proposals/{first['id']}/dismiss", {"reason": "They will pay.", "code": "knows_more"})
    visit.post("/proposals/approve", {"ids": [second["id"]]})
    foretold = visit.post("/deliver", {"now": "2027-01-01T12:00:00+01:00", "dry_run": True})
    assert foretold["dry_run"] and "L2" in [one["customer"] for one in foretold["sent"]]
    sent = visit.post("/deliver", {"now": "2027-01-01T12:00:00+01:00"})["sent"]
    assert "L2" in [one["customer"] for one in sent]
    [document] = visit("GET", "/documents?customer=L2")["data"]
    visit.get(f"/documents/{document['id']}")
    assert visit("GET", f"/documents/{document['id']}/file").startswith(b"%PDF-")
    visit.post("/propose", FACTS)
    visit.post("/claim", [CLAIM])
    tasks = visit("GET", "/tasks")["data"]
    visit.post(f"/tasks/{tasks[0]['id']}/done")


def _forget(visit: Visitor, portfolio: Settings) -> None:
    with doing(portfolio, actor="test") as act:
        make.create_customer(act, find_creditor(act.session, "NORD"), "G1", name="Glemte Grønnsaker")
    assert visit("GET", "/customers/G1/personal-data?format=json")["data"]["customer"][0]["name"] == "Glemte Grønnsaker"
    assert visit("GET", "/customers/G1/personal-data").startswith(b"PK")
    assert visit("GET", "/customers/G1/erasure")["blocked"] == []
    done = visit.post("/customers/G1/erasure", {"reason": "asked by e-mail"})
    assert (done["customer"].partition("-")[0], done["again"]) == ("erased", False)
    assert visit.post("/privacy/purge")["purged"] == []
    assert visit.post("/customers/G1/readmission", {"reason": "ordered again"})["customer"] == "G1"


def _set_up(visit: Visitor) -> None:
    visit("PUT", "/creditors/NORD", {"payment_days": 20, "small_balance": {"NOK": "10.00"}})
    visit.post("/policies/try", {"yaml": LADDER, "all": True})
    visit.post("/policies", {"yaml": LADDER, "reason": "our own"})
    visit.post("/policies", {"yaml": LADDER.replace("10", "12")})
    visit.post("/policies/mine/back", {"version": 1, "reason": "it was better"})
    visit.post("/policies/mine/off", {"reason": "not used"})
    gap = visit("GET", "/rules")["rules"]["danger_gap_days"]
    assert visit.post("/rules", {"rules": {"danger_gap_days": gap + 1}})["changed"].keys() == {"danger_gap_days"}
    hook = visit.post("/webhooks", {"url": "https://hooks.example.com/kulant", "events": ["plan.late"]})
    assert hook["secret"].startswith("whsec_")
    hooks = f"/webhooks/{hook['id']}"
    assert visit.post(f"{hooks}/secret", {"hours": 1})["secret"] != hook["secret"]
    told = visit.post(f"{hooks}/ping")
    visit.post(f"/webhooks/messages/{told['id']}/again")
    visit.get("/webhooks", f"{hooks}/messages")
    for act in ("off", "on", "remove"):
        visit.post(f"{hooks}/{act}")
    visit("PUT", "/letterhead", {"colour": "#0a5", "logo": PICTURE, "window": "left"})
    assert visit("GET", "/letterhead/logo").startswith(b"\x89PNG")
    visit.get("/letterhead")
    visit.post("/rates", {"rates": [{"currency": "EUR", "date": "2026-11-01", "rate": "11.7425"}]})
    visit.post("/users", {"name": "kari", "role": "clerk", "password": "a long password", "creditors": ["NORD"]})
    figure = {"since": "2026-07-01", "value": "10.00", "source": "nationalbanken.dk"}
    visit.post("/law/DK/figures/rate:everyone", figure)
    visit.post("/law/NO/regime", {"since": "2027-01-01", "source": "royal decree"})
    norway = (files("kulant.law") / "data" / "no.yaml").read_text("utf-8")
    assert visit.post("/law/check", {"yaml": norway})["changes"] == []
