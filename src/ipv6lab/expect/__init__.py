"""Judgements: what a network must be like, said once and made strong once.

Each module is one subject in the field's words; each public function is one judgement. It takes
the lab first, then whom it judges by name, and keyword arguments for what may differ between
exercises. It raises `Failed` for the first cause, in the order in which a host would meet it, with
a sentence that names cause and place and never the value to type. Exercises import from here and
from `ipv6lab.grading` alone.
"""
