"""Every table in one place, so that the metadata is whole: for Alembic and for tests."""

from kulant.db import Base
from kulant.delivery import job_tables as jobs
from kulant.delivery import models as delivery
from kulant.delivery import webhook_models as webhooks
from kulant.intake import models as intake
from kulant.law import models as law
from kulant.ledger import models as ledger
from kulant.ledger import models_erasure as erasure
from kulant.letters import models as letters
from kulant.people import models as people
from kulant.people import models_rules as rules
from kulant.plans import models as plans
from kulant.plans import models_portal as portal
from kulant.relationship import models as relationship
from kulant.relationship import models_care as care
from kulant.relationship import models_view as view
from kulant.treatment import models as treatment
from kulant.treatment import models_record as record

__all__ = [
    "Base",
    "care",
    "delivery",
    "erasure",
    "intake",
    "jobs",
    "law",
    "ledger",
    "letters",
    "people",
    "plans",
    "portal",
    "record",
    "relationship",
    "rules",
    "treatment",
    "view",
    "webhooks",
]
