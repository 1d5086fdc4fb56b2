"""1. A visit through a code: whether it is one, and what is kept of it.

In: what a browser brought. Out: one appended row, or a named reason why there is none.
"""
