"""Files that customers add to a form: read, judged by their bytes, kept apart."""

from __future__ import annotations

import re

from fastapi import Request, UploadFile

from kulant.core.errors import Refusal
from kulant.db import Act, reading
from kulant.i18n import Translator
from kulant.letters.storage import open_uploads
from kulant.letters.uploads import LARGEST, Given, keep_upload
from kulant.plans.links import find_link
from kulant.portal import limits
from kulant.portal.pages import Problems, require_own_page
from kulant.portal.visit import Visit
from kulant.relationship.models_care import Upload
from kulant.settings import Settings

FIELD = "file"
_READ = 25 * 1024 * 1024  # so large a form is read to its end, so that it can be shown again with what was typed
_WITH_FILES = re.compile(r"/p/([\w-]{43})/(?:paid|wrong)")


def largest_of(path: str) -> int | None:
    """How much the forms that take a file may bring; none for other addresses."""
    return _READ if _WITH_FILES.fullmatch(path) else None


def may_give_files(request: Request, settings: Settings) -> bool:
    """Whether the link in the address opens anything, and the form was sent from our own page."""
    found = _WITH_FILES.fullmatch(request.url.path)
    if found is None:
        return False
    try:
        require_own_page(request)
    except Refusal:
        return False
    with reading(settings.database_url) as session:
        link = find_link(session, found[1], settings.today())
        return link is not None and link.state == "open"


def read_file(file: UploadFile | None, t: Translator) -> tuple[Given | None, Problems]:
    """The file as it came, and what is wrong with it; none where the field was left empty."""
    if file is None or not file.filename:
        return None, []
    given = Given(file.filename, file.file.read(LARGEST + 1))
    if given.problem is None:
        return given, []
    said = {
        "empty": t.gettext("The file is empty. Please choose another one."),
        "large": t.gettext("The file is larger than 5 MB. Please choose a smaller one."),
        "kind": t.gettext("We can take a PDF, a PNG or a JPEG. Please choose another file."),
    }
    return None, [(FIELD, said[given.problem])]


def keep_file(act: Act, here: Visit, about: str, given: Given | None) -> Upload | None:
    """Keeps the file with what the customer told us; one too many is refused before it is kept."""
    if given is None:
        return None
    if not limits.within(act, here.settings, limits.FILES_BY_LINK, here.link.id):
        raise limits.too_often()
    storage = open_uploads(here.settings.storage_url)
    return keep_upload(act, storage=storage, customer=here.customer, about=about, given=given)
