"""The formats of text tables by name."""

from kulant.intake.customers_csv import CUSTOMERS
from kulant.intake.fields import Format
from kulant.intake.interactions_csv import INTERACTIONS
from kulant.intake.invoices_csv import INVOICES
from kulant.intake.payments_csv import PAYMENTS

MAPPED = "mapped"
FORMATS: dict[str, Format] = {format_.name: format_ for format_ in (INVOICES, PAYMENTS, CUSTOMERS, INTERACTIONS)}
