"""The customer's door: what you owe and what you can do, behind a link."""
