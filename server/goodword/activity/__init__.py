"""The log of what happened, written in the transaction in which it happened.

In: what changed. Out: lines that explain, in order.
"""
