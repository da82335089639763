"""Payment plans: offers, acceptance, instalments, and the links customers accept them through."""
