"""6. Telling: who is told of what, and what became of each try.

In: a line of activity. Out: messages in the outbox, delivered at least once under one id.
"""
