"""Number formats: how codes stand for values."""
