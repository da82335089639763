"""What the customer is worth and how they pay: timeline, value, habit, holds, promises."""
