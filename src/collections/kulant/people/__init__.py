"""Who works here: creditors, users, roles, sessions and the audit trail."""
