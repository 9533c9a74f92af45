"""The processes of a gateway: their parent, its signals and pid file, what each sets for itself."""
