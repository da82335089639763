"""What the clerk is looking at, as it stands in the address bar."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Query

STATES = ("all", "proposed", "blocked", "plans", "promises", "holds", "disputes", "approved")
SORTS = ("priority", "overdue", "open", "days", "value", "name")
# What of the relationship the list can be narrowed to; several at once are those who fit all of them.
CARES = ("danger", "strikes", "gap", "saving", "before", "low", "keepable", "capped")
FORMS = ("edit", "dismiss", "note", "promise", "hold", "dispute", "plan")
PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class ListView:
    """Filters, order, page, the customer opened and the form opened on it."""

    q: str = ""
    state: str = "all"
    grade: str = ""
    care: str = ""  # codes of CARES with points between them
    phase: str = ""
    sort: str = "priority"
    page: int = 1
    customer: str = ""
    currency: str = ""
    do: str = ""

    def url(self, **changes: Any) -> str:
        """The address of this view with something changed; what is as usual is left out."""
        usual = asdict(_USUAL)
        said = {name: value for name, value in asdict(replace(self, **changes)).items() if value != usual[name]}
        return f"/?{urlencode(said)}" if said else "/"

    def file(self, form: str) -> str:
        """The address of this list as a file, in the same order and narrowed alike."""
        return f"/overdue.{form}" + self.url(customer="", currency="", do="", page=1)[1:]

    @property
    def cares(self) -> tuple[str, ...]:
        """The chosen filters of the relationship."""
        return tuple(self.care.split(".")) if self.care else ()

    def with_care(self, code: str) -> str:
        """The address with that filter chosen, or no longer chosen."""
        chosen = [one for one in CARES if (one in self.cares) != (one == code)]
        return self.url(care=".".join(chosen), page=1)


_USUAL = ListView()


def get_view(
    q: Annotated[str, Query(max_length=120)] = "",
    state: str = "all",
    grade: str = "",
    care: Annotated[str, Query(max_length=120)] = "",
    phase: Annotated[str, Query(max_length=40)] = "",
    sort: str = "priority",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    customer: Annotated[str, Query(max_length=80)] = "",
    currency: Annotated[str, Query(max_length=3)] = "",
    do: str = "",
) -> ListView:
    """The view an address asks for; unknown words in it mean the usual."""
    return ListView(
        q=q.strip(),
        state=state if state in STATES else "all",
        grade=grade if grade in ("A", "B", "C", "D") else "",
        care=".".join(one for one in CARES if one in care.split(".")),
        phase=phase,
        sort=sort if sort in SORTS else "priority",
        page=page,
        customer=customer,
        currency=currency,
        do=do if do in FORMS else "",
    )


ViewDep = Annotated[ListView, Depends(get_view)]
