"""The logs of a server: a line a request, and what there is to say to its operator."""
