"""The same fault costs marks in every exercise that judges the same.

A fault is laid over an exercise's reference solution; `ipv6lab grade` must then take marks away.
Adding one: a function in a module of this folder, `@fault("L04", "L05", …)` with the exercises that
make the judgement, which changes an `Answer`; `test_transplants` finds it.
"""
