"""A terminal with a migrated database, one creditor and, where asked for, a small ledger."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from kulant.db import engine_for
from kulant.schema import upgrade
from tests.support.postgres import postgres_database
from tests.support.shell import Shell

COLUMNS = (
    "customer_id,customer_name,customer_kind,country,language,currency,email,address,"
    "invoice_number,kind,issue_date,due_date,amount,margin,payment_reference,settled_date\n"
)
ALFA = 'A1,Testkafé Alfa AS,business,NO,nb,NOK,a1@alfa.example,"Gata 1, 0001 Oslo",'
BETA = 'B2,Testbygg Beta AB,business,SE,sv,SEK,,"Vägen 2, 111 11 Stockholm",'
GAMMA = 'C3,Gamma,consumer,DK,da,DKK,c3@gamma.example,"Vej 3, 1000 København",'
LEDGER = COLUMNS + "\n".join(
    [
        ALFA + "1001,invoice,2026-09-01,2026-10-01,48000.00,12000.00,10016,",
        ALFA + "1002,invoice,2026-10-01,2026-10-31,2000.00,500.00,10024,",
        ALFA + "901,invoice,2026-01-01,2026-01-31,30000.00,9000.00,,2026-01-30",
        ALFA + "902,invoice,2026-03-01,2026-03-31,30000.00,9000.00,,2026-03-30",
        ALFA + "903,invoice,2026-05-01,2026-05-31,30000.00,9000.00,,2026-05-30",
        BETA + "2001,invoice,2026-09-10,2026-10-10,1500.00,300.00,,",
        GAMMA + "3001,invoice,2026-09-10,2026-10-20,700.00,100.00,,",
        GAMMA + "3002,credit_note,2026-09-10,2026-10-20,200.00,,,",
    ]
)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the newest schema, to be copied."""
    file = tmp_path_factory.mktemp("migrated") / "kulant.db"
    upgrade(f"sqlite:///{file}")
    engine_for(f"sqlite:///{file}").dispose()
    return file


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Shell]:
    """A terminal where nothing was set up yet."""
    url = f"sqlite:///{tmp_path / 'kulant.db'}"
    yield Shell(tmp_path, url)
    engine_for(url).dispose()


@pytest.fixture
def empty(bare: Shell, migrated: Path) -> Shell:
    """A terminal with a creditor and nothing in the ledger."""
    shutil.copy(migrated, bare.folder / "kulant.db")
    set_creditor(bare)
    return bare


@pytest.fixture
def shell(empty: Shell) -> Shell:
    """A terminal with a small ledger, on 20 November 2026."""
    empty.ok("import", empty.write("ledger.csv", LEDGER))
    return empty


@pytest.fixture
def on_postgres(tmp_path: Path) -> Iterator[Shell]:
    """A terminal whose database is PostgreSQL, not set up yet."""
    with postgres_database(f"kulant_cli_{tmp_path.name.lower().replace('-', '_')}"[:60]) as url:
        yield Shell(tmp_path, url)
        engine_for(url).dispose()


def set_creditor(shell: Shell) -> None:
    """The creditor of all these stories."""
    shell.ok(
        *("creditor", "set", "NORD", "--name", "Nordlys Engros AS", "--country", "NO"),
        *("--contact-email", "ar@nordlys.example", "--address", "Testveien 1, 0001 Oslo"),
        *("--bank-account", "12345678903", "--contact-name", "Test Person", "--contact-phone", "+47 22 00 00 00"),
    )
