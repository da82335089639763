"""The way out of the house: outbox, send gate, e-mail and print."""
