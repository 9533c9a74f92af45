"""Files for running the server elsewhere, and how the settings in force are filled in."""
