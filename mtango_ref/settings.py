"""All settings (placeholder)."""
