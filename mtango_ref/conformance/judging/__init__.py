"""Judgement of an answer: what is expected, with matchers, against what came."""
