"""2. A person: the lead a report makes or finds, and the moves its status may take.

In: who reports and whom we know. Out: a new lead, or the one it already is.
"""
