"""The processes of a server: a parent with its workers, messages to systemd, pid file, memory."""
