"""What many routes take: numbers in the address, and how a list is paged through."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query

from kulant.api.cursors import MOST, USUAL

CustomerNumber = Annotated[str, Path(max_length=80, description="The customer's number.", examples=["C1001"])]
InvoiceNumber = Annotated[str, Path(max_length=80, description="The invoice's number.", examples=["1001"])]
PaymentNumber = Annotated[str, Path(max_length=80, description="The payment's own number.", examples=["P-17"])]
Identity = Annotated[str, Path(pattern=r"^[0-9]{1,18}$", description="Its number.", examples=["17"])]

Limit = Annotated[int, Query(ge=1, le=MOST, description=f"At most so many; {USUAL} when left out.")]
Next = Annotated[str | None, Query(max_length=500, description="`next` of the page before.")]
