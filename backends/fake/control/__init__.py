"""Control of a facility while it runs."""
