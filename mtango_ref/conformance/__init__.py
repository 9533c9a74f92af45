"""The suite that says what rc3 is, for any server: cases, fuzzing, reports, a pytest plugin."""
