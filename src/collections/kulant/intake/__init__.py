"""Files in: one reader per format turns bytes into typed rows, one service posts them to the ledger."""
