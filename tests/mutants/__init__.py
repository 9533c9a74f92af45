"""Small breaks of the app, and the proof that the conformance suite notices each of them."""
