"""The portal's style sheet, which stands in each of its pages: on a slow line a file of its own is a round trip more.

What the browser takes for style is that sheet and nothing else: the page's policy names its digest.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256

from markupsafe import Markup

from kulant.paths import resource_dir

_PARTS = ("fonts/portal.css", "tokens.css", "portal.css")


@dataclass(frozen=True, slots=True)
class Sheet:
    """The element that stands in a page's head, and the source of styles that lets a browser heed it."""

    element: Markup
    source: str


@cache
def rules() -> str:
    """All rules, without comments and needless space; read once for as long as the program runs."""
    text = "\n".join((resource_dir("static") / part).read_text("utf-8") for part in _PARTS)
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL).replace('url("public-sans', 'url("/static/fonts/public-sans')
    text = re.sub(r"\s+", " ", text)
    return re.sub(r" ?([{};,]) ?", r"\1", text).strip()


@lru_cache(maxsize=128)
def sheet(own: str = "") -> Sheet:
    """The rules, and after them a creditor's own colours: figures that ``look.style_of`` reckoned."""
    text = rules() + own
    digest = b64encode(sha256(text.encode()).digest()).decode()
    return Sheet(Markup("<style>{}</style>").format(Markup(text)), f"'sha256-{digest}'")  # ours alone
