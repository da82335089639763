"""The append-only receivables sub-ledger: open items, entries, allocation, disputes, ageing."""
