"""Seals on the portal's forms: what comes back was on a page of ours, shown to this very customer, not long ago."""

from __future__ import annotations

from typing import Any

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from kulant.core.errors import Forbidden
from kulant.portal.visit import Visit

VALID_SECONDS = 12 * 3600


def seal(visit: Visit, form: str, **shown: Any) -> str:
    """What was shown on a form, signed for this link and form."""
    return _signer(visit, form).dumps({"link": visit.link.id, **shown})


def unseal(visit: Visit, form: str, sealed: str) -> dict[str, Any]:
    """What was shown on the form that is sent in; refuses one that is not ours, or was left open too long."""
    try:
        shown = _signer(visit, form).loads(sealed, max_age=VALID_SECONDS)
    except SignatureExpired:
        raise Forbidden("form_old", "The page was open for a long time.") from None
    except BadSignature:
        raise Forbidden("form_unknown", "The form did not come from this page.") from None
    if not isinstance(shown, dict) or shown.get("link") != visit.link.id:
        raise Forbidden("form_unknown", "The form did not come from this page.")
    return shown


def _signer(visit: Visit, form: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(visit.settings.secret_key(), salt=f"portal-form-{form}")
