"""Options that many commands take."""

from __future__ import annotations

from typing import Annotated

import typer

JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
CreditorCode = Annotated[
    str | None, typer.Option("--creditor", metavar="CODE", help="Which creditor; not needed when there is only one.")
]
