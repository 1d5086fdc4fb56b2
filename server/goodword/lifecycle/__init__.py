"""The story: set up, arrive, sign up, convert, and the clock's tick, one transaction each.

In: facts from a door. Out: what was decided, committed. Rooms meet here and nowhere else.
"""
