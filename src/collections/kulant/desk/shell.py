"""What surrounds every page of the desk: who is looking, at which creditor, what waits elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse

from kulant.desk import flash
from kulant.insight.waiting import Waiting, waiting
from kulant.web.deps import Reader, SettingsDep, Today, Viewer, ViewerDep, give_back
from kulant.web.templating import page

LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class Shell:
    """The frame of a page; ``page`` draws one in it."""

    request: Request
    viewer: Viewer
    today: date
    counts: Waiting
    flash: flash.Flash | None

    def page(self, template: str, *, here: str, status: int = 200, **context: Any) -> HTMLResponse:
        """The page, with a word about what was just done."""
        frame = {
            "viewer": self.viewer,
            "today": self.today,
            "counts": self.counts,
            "flash": self.flash,
            "here": here,
        }
        answer = page(self.request, template, frame | context, language=LANGUAGE, status=status)
        if self.flash:
            flash.forget(answer)
        return answer

    def part(self, template: str, **context: Any) -> HTMLResponse:
        """A part of a page for htmx to put in its place."""
        frame = {"viewer": self.viewer, "today": self.today}
        return page(self.request, template, frame | context, language=LANGUAGE)


def get_shell(request: Request, viewer: ViewerDep, today: Today, session: Reader, settings: SettingsDep) -> Shell:
    """The frame for the person logged in."""
    counts = waiting(session, viewer.creditor, today=today)
    give_back(session)
    return Shell(request, viewer, today, counts, flash.pending(request, settings))


ShellDep = Annotated[Shell, Depends(get_shell)]
