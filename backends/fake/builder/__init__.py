"""What a fixture says of a device, made into one that answers."""
