"""Small breaks of answers, and the proof that the conformance suite notices each of them."""
