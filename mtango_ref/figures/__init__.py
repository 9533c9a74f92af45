"""The figures of the server: what is counted, and the memory that its workers share for it."""
